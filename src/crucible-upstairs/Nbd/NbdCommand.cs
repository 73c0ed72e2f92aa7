using System.CommandLine;

namespace Crucible.Upstairs.Program;

/// <summary><c>nbd</c>: the volume as a disk for any NBD client.</summary>
internal static class NbdCommand
{
    public static Command Build(CommonArguments common)
    {
        var arguments = new NbdArguments();
        var command = new Command(
            "nbd",
            """
            Serves the volume to NBD clients (qemu, nbdcopy, nbdfuse, the kernel's nbd-client) until SIGTERM or Ctrl-C. Prints the
            URIs, ready to paste, once clients can connect. Writes count once two downstairs hold them, unless --ack says otherwise.
              crucible-upstairs nbd --socket /run/user/1000/disk.sock
              crucible-upstairs nbd --listen 127.0.0.1:10809 --export disk
              crucible-upstairs nbd --run 'nbdcopy "$uri" backup.img'
              crucible-upstairs nbd --config volumes.toml
            """);
        arguments.AddTo(command);
        command.Add(common.Json);
        common.AddControlTo(command);
        command.SetAction((parse, stop) => new NbdRun(arguments.Bind(parse, common)).RunAsync(stop));
        return command;
    }
}
