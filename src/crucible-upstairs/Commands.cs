using System.CommandLine;

namespace Crucible.Upstairs.Program;

/// <summary>The command tree: the commands, and the guide's client run without one.</summary>
internal static class Commands
{
    public static RootCommand Build()
    {
        var common = new CommonArguments();
        var root = new RootCommand(
            $"""
            Uses a volume that three crucible-downstairs keep. Without a command it writes 1024 bytes, flushes, reads them back
            and compares, and shows each job on its way:
              crucible-upstairs -t 127.0.0.1:3801 -t 127.0.0.1:3802 -t 127.0.0.1:3803

            More examples:
              export CRUCIBLE_TARGETS=127.0.0.1:3801,127.0.0.1:3802,127.0.0.1:3803
              crucible-upstairs info
              echo hello | crucible-upstairs write -o 4096
              crucible-upstairs read -o 4096 -n 6
              crucible-upstairs import disk.img
              crucible-upstairs nbd --socket disk.sock
              crucible-upstairs repair --watch --control 127.0.0.1:9001
              crucible-upstairs info --control http://127.0.0.1:9001
              crucible-upstairs bench --pattern random --depth 32 --time 5s

            {ExitCodes.Help}
            Every option can also stand in a CRUCIBLE_… variable or in appsettings.json; the command line wins.
            """);
        common.AddTo(root);
        GuideCommand.AddTo(root, common);
        root.Add(PingCommand.Build(common));
        root.Add(InfoCommand.Build(common));
        root.Add(ReadCommand.Build(common));
        root.Add(WriteCommand.Build(common));
        root.Add(ImportCommand.Build(common));
        root.Add(ExportCommand.Build(common));
        root.Add(FillCommand.Build(common));
        root.Add(VerifyCommand.Build(common));
        root.Add(BenchCommand.Build(common));
        root.Add(NbdCommand.Build(common));
        root.Add(RepairCommand.Build(common));
        root.Add(ScrubCommand.Build(common));
        root.Add(ReplaceCommand.Build(common));
        return root;
    }
}
