using System.CommandLine;
using Crucible.Dsc.Commands;
using Crucible.Hosting;

var root = new RootCommand("Makes and runs the three downstairs of a Crucible volume on this machine.")
{
    DemoCommand.Create(),
    CreateCommand.Create(),
    StartCommand.Create(),
};
return await CrucibleProgram.RunAsync(root, args);
