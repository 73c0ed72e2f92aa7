using Crucible.Storage;

namespace Crucible.Simulation.Tests;

/// <summary>Damage at rest is seen for as long as readers see it: no longer, and no less long.</summary>
public class RotTests
{
    private const int At = 700;

    private static (SimulatedStorage Disk, IStorageFile File, SimulatedFileContent Content) Make()
    {
        var disk = new SimulatedStorage();
        var file = disk.Open("journal", StorageOpenMode.Create)!;
        disk.SyncDirectory("");
        file.Write(0, Enumerable.Repeat((byte)7, 1500).ToArray());
        return (disk, file, disk.ContentOf("journal"));
    }

    private static byte ByteAt(SimulatedStorage disk) => disk.ReadAll("journal")[At];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rot_stays_where_a_write_goes_on_behind_it_in_its_sector(bool synced)
    {
        var (disk, file, content) = Make();
        if (synced)
        {
            file.Sync();
        }

        content.Rot(At / 512, At % 512, 0x10);
        file.Write(At + 1, new byte[20]);
        file.Write(At - 20, new byte[20]);

        Assert.Equal((1, 7 ^ 0x10), (content.RottenBits, ByteAt(disk)));

        content.EndRot();

        Assert.Equal((0, 7), (content.RottenBits, ByteAt(disk)));
        Assert.Equal(0, disk.ReadAll("journal")[At + 1]);
        file.Sync();
        Assert.Equal(7, disk.CopyDurable().ReadAll("journal")[At]);
    }

    [Fact]
    public void Rot_is_gone_once_its_byte_is_written_and_there_again_where_that_write_is_lost()
    {
        var (disk, file, content) = Make();
        file.Sync();
        content.Rot(At / 512, At % 512, 0x10);
        file.Write(At, [9]);
        Assert.Equal((0, 9), (content.RottenBits, ByteAt(disk)));

        disk.Crash(new Random(1), keep: 0);

        Assert.Equal((1, 7 ^ 0x10), (content.RottenBits, ByteAt(disk)));
    }

    [Fact]
    public void Several_bits_of_a_sector_rot_and_end_each_for_itself()
    {
        var (disk, file, content) = Make();
        content.Rot(At / 512, At % 512, 0x10);
        content.Rot(At / 512, At % 512, 0x01);
        content.Rot(At / 512, (At % 512) + 1, 0x01);
        file.Write(At + 1, [9]);
        Assert.Equal((2, 7 ^ 0x11), (content.RottenBits, ByteAt(disk)));

        content.EndRot();

        Assert.Equal((0, 7), (content.RottenBits, ByteAt(disk)));
        Assert.Equal(9, disk.ReadAll("journal")[At + 1]);
    }

    [Fact]
    public void Rot_is_gone_where_the_file_ends_before_it()
    {
        var (_, file, content) = Make();
        content.Rot(At / 512, At % 512, 0x10);

        file.SetLength(At);

        Assert.Equal(0, content.RottenBits);
    }
}
