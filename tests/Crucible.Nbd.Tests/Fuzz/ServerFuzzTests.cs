using Crucible.Nbd.Tests.Conformance.Raw;
using Crucible.Nbd.Tests.Server;

namespace Crucible.Nbd.Tests.Fuzz;

/// <summary>
/// Spoiled conversations with a server on a real socket: it lives, it serves the others (I8), and in the end it holds no
/// buffer (I7), which the end of <see cref="ServedVolume"/> checks.
/// </summary>
public sealed class ServerFuzzTests
{
    private const int DefaultInputs = 400;
    private const int CheckEvery = 100;
    private const int AtOnce = 8;
    private const ulong SizeBytes = 512_000;

    [Fact]
    public async Task I8_Whatever_clients_send_others_are_served_and_no_buffer_is_lost()
    {
        await using var served = await ServedVolume.BeginAsync();
        await using var bystander = await (await Haggler.BeginAsync(served.Address)).GoAsync();
        var fuzzers = Enumerable.Range(0, AtOnce).Select(i => new ConversationFuzzer(100 + i, "disk", SizeBytes)).ToArray();
        var inputs = Inputs.Count(DefaultInputs);
        for (var done = 0; done < inputs; done += AtOnce)
        {
            await Task.WhenAll(fuzzers.Select(fuzzer => ConverseAsync(served, fuzzer)));
            if (done % CheckEvery < AtOnce)
            {
                await ExpectServedAsync(bystander, done);
                await using var newcomer = await (await Haggler.BeginAsync(served.Address)).GoAsync();
                await ExpectServedAsync(newcomer, done + 1);
            }
        }

        await bystander.LeaveAsync();
        served.WaitUntil(status => status.Connections.Count == 0);
        Assert.Equal(0, served.Server.GetStatus().BytesInFlight);
    }

    private static async Task ConverseAsync(ServedVolume served, ConversationFuzzer fuzzer)
    {
        var input = fuzzer.Conversation();
        await using var connection = await RawConnection.ConnectAsync(served.Address);

        // Read while it is sent to, or each side might wait for the other to take something.
        var draining = connection.DrainAsync();
        for (var at = 0; at < input.Length;)
        {
            var piece = fuzzer.PieceOf(input.Length - at);
            await connection.SendToUnwillingAsync(input.AsMemory(at, piece));
            at += piece;
        }

        connection.EndSending();
        await draining;
    }

    private static async Task ExpectServedAsync(Client client, int seed)
    {
        var data = Bytes.Pattern(seed, 3000);
        await client.WriteAsync(511, data);
        Assert.Equal(data, await client.ReadAsync(511, data.Length));
    }
}
