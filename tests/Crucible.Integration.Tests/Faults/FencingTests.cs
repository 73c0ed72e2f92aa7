using Crucible.Integration.Tests.Processes;
using Crucible.Upstairs;

namespace Crucible.Integration.Tests.Faults;

/// <summary>Of two upstairs the later one wins, and the earlier one hears of it on its next I/O, whatever befell it (I4).</summary>
public sealed class FencingTests : IAsyncLifetime
{
    private readonly DownstairsTrio _trio = new(new Geometry(4096, 256, 4));

    public Task InitializeAsync() => _trio.InitializeAsync();

    public Task DisposeAsync() => _trio.DisposeAsync();

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task I4_The_first_upstairs_gets_a_final_error_once_a_second_took_over(bool frozen, bool daemonsRestart)
    {
        using var first = RunningProgram.Start(GuestProcess.Program, ["verified", .. _trio.Targets]);
        await first.WaitForAsync("busy");
        if (frozen)
        {
            await first.SignalAsync("STOP");
        }

        byte[] data = new byte[4096];
        data.AsSpan().Fill(42);
        var read = new byte[4096];
        await using (var second = await OpenAsync())
        {
            await second.WriteAsync(0, data);
            await second.FlushAsync();
            if (daemonsRestart)
            {
                await _trio.KillAllAsync();
                await _trio.StartAllAsync();
            }

            if (frozen)
            {
                await first.SignalAsync("CONT");
            }

            var end = (await first.WaitForEndAsync()).Expect(GuestProcess.Superseded);
            Assert.Contains(nameof(VolumeSupersededException), end.Output, StringComparison.Ordinal);
            await second.ReadAsync(0, read);
        }

        Assert.Equal(data, read);
        await using var third = await OpenAsync();
        await third.ReadAsync(0, read);
        Assert.Equal(data, read);
    }

    private Task<Volume> OpenAsync() => Volume.OpenAsync(new VolumeOptions
    {
        Targets = _trio.Targets,
        ActivationTimeout = RunningProgram.Patience,
    });
}
