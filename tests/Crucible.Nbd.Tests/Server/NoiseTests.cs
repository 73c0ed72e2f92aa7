using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Crucible.Nbd.Tests.Server;

/// <summary>Clients that talk nonsense, beside one that does not. <c>CRUCIBLE_NBD_FUZZ</c> sets how many.</summary>
public sealed class NoiseTests
{
    private static readonly int Clients =
        int.TryParse(Environment.GetEnvironmentVariable("CRUCIBLE_NBD_FUZZ"), out var clients) ? clients : 400;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Noise_costs_nobody_else_and_leaves_nothing_behind(bool inHandshake)
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        await using var served = await ServedVolume.BeginAsync();
        var steady = served.Use();
        for (var i = 0; i < Clients; i++)
        {
            var client = inHandshake ? served.Connect() : served.Use(structured: random.Next(2) == 0);
            try
            {
                client.Send(inHandshake ? Options(random) : Requests(random));
                if (inHandshake && random.Next(3) == 0)
                {
                    // No more than the greeting: nonsense need not be answered.
                    client.Take(random.Next(19));
                }
            }
            catch (IOException e) when (e is EndOfStreamException || e.InnerException is SocketException)
            {
                // The server has had enough of it.
            }

            client.Dispose();
            if (i % 20 == 0)
            {
                var data = new byte[700];
                random.NextBytes(data);
                steady.Write(400_000, data);
                Assert.True(data.AsSpan().SequenceEqual(steady.Read(400_000, 700)), $"seed {seed}");
            }
        }

        served.WaitUntil(s => s.Connections.Count == 1 && s.BytesInFlight == 0);
    }

    private static byte[] Options(Random random)
    {
        var bytes = new List<byte>(BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness(random.Next(10) == 0 ? random.Next() : 3)));
        for (var i = random.Next(6); i >= 0; i--)
        {
            var data = new byte[random.Next(60)];
            random.NextBytes(data);
            if (random.Next(2) == 0)
            {
                data = [0, 0, 0, 4, .. "disk"u8, 0, 0];
            }

            bytes.AddRange(Encoding.ASCII.GetBytes("IHAVEOPT"));
            bytes.AddRange([0, 0, 0, (byte)random.Next(14), 0, 0, (byte)(random.Next(20) == 0 ? 255 : 0), (byte)data.Length]);
            bytes.AddRange(data);
        }

        return [.. bytes];
    }

    // Below 400 000, where the steady client is not.
    private static byte[] Requests(Random random)
    {
        var bytes = new List<byte>();
        for (var i = random.Next(20); i >= 0; i--)
        {
            var length = (uint)random.Next(random.Next(2) == 0 ? 5000 : 200_000);
            var command = random.Next(9);
            bytes.AddRange(NbdClient.Head(
                command, (ulong)i, (ulong)random.Next(200_000), length, random.Next(4) == 0 ? 1 << random.Next(7) : 0));
            bytes.AddRange(command == 1 ? new byte[random.Next(10) == 0 ? (int)length / 2 : (int)length] : []);
        }

        return [.. bytes];
    }
}
