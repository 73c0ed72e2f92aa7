using System.CommandLine;
using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary>The guide's client run: what the program does without a command.</summary>
internal static class GuideCommand
{
    /// <summary>Makes the guide's run the root's own action.</summary>
    public static void AddTo(RootCommand root, CommonArguments common)
    {
        root.Add(common.Json);
        common.AddControlTo(root);
        root.SetAction((parse, stop) =>
        {
            var options = common.Bind(parse, showsWork: true);
            if (options.ReadOnly)
            {
                throw new UsageException("the run without a command writes to the volume: leave out --read-only, or give a command");
            }

            if (options.Talks)
            {
                Console.WriteLine(OptionsLine.Format(("target", options.Targets), ("gen", options.Generation > 0 ? options.Generation : null)));
            }

            return VolumeSession.RunAsync(options, session => new GuideRun(session).RunAsync(), stop);
        });
    }
}
