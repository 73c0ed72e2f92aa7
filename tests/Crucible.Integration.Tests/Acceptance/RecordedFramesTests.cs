using System.Globalization;
using Crucible.Integration.Tests.Processes;
using Crucible.Protocol;
using Crucible.Tests.Shared;

namespace Crucible.Integration.Tests.Acceptance;

/// <summary>What really goes over the wire is what the protocol's page says, read by somebody else's MessagePack.</summary>
public sealed class RecordedFramesTests(DownstairsTrio trio) : IClassFixture<DownstairsTrio>
{
    [RequiresPythonModuleFact("msgpack")]
    public async Task Every_frame_of_a_run_is_read_by_another_MessagePack_library()
    {
        using var recorder = new FrameRecorder(trio.Ports[0]);

        // The guide's write, flush and read; reads go to any one of the three, so only the upstairs' view of them is sure.
        (await RunningProgram.RunAsync(
            "crucible-upstairs", ["-q", "-t", recorder.Address, "-t", trio.Targets[1], "-t", trio.Targets[2]])).Expect(0);

        var (toDownstairs, toUpstairs) = await recorder.FinishAsync(RunningProgram.Patience);
        var requests = await KindsAsync(toDownstairs);
        var answers = await KindsAsync(toUpstairs);
        Assert.Equal([MessageKind.HereIAm, MessageKind.PromoteToActive, MessageKind.QueryRegionInfo], requests.Take(3));
        Assert.Equal(2, requests.Count(kind => kind == MessageKind.Write));
        Assert.Contains(MessageKind.Flush, requests);
        Assert.Equal([MessageKind.YesItsMe, MessageKind.YouAreNowActive, MessageKind.RegionInfo], answers.Take(3));
        Assert.True(answers.Count(kind => kind == MessageKind.JobAck) >= 3);
        Assert.Equal(requests.Count(kind => kind == MessageKind.Read), answers.Count(kind => kind == MessageKind.ReadAck));
    }

    private static async Task<List<MessageKind>> KindsAsync(byte[] frames) =>
    [
        .. (await PythonFrames.DecodeAsync(frames)).Select(line =>
            (MessageKind)byte.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture)),
    ];
}
