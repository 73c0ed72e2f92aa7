using Crucible.Hosting;
using Crucible.Upstairs.Program;

return args is [CommandGuard.Argument, var mark]
    ? CommandGuard.Run(mark)
    : await CrucibleProgram.RunAsync(Commands.Build(), args, ExitCodes.Of);
