using System.CommandLine;

namespace Crucible.Upstairs.Program;

/// <summary><c>import</c>: a raw image into the volume.</summary>
internal static class ImportCommand
{
    public static Command Build(CommonArguments common)
    {
        var file = new Argument<string>("FILE") { Description = "The raw image." };
        var command = new Command(
            "import",
            """
            Copies a raw image to the start of the volume and flushes. Zeroes are not sent but made where they belong, so that a
            sparse image stays sparse. A file larger than the volume is refused before anything is written; of a smaller one the
            rest of the volume stays as it is.
              crucible-upstairs import disk.img
            """)
        { file, common.Json };
        common.AddControlTo(command);
        command.SetAction(async (parse, stop) =>
        {
            // Opened before the volume: a name that is wrong should not take the volume over from anybody.
            using var image = ImageFile.OpenToRead(parse.GetRequiredValue(file));
            var import = new Import(image, parse.GetRequiredValue(file));
            return await VolumeSession.RunAsync(common.BindForWriting(parse), import.RunAsync, stop);
        });
        return command;
    }
}
