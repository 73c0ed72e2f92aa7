using Crucible.Hosting;
using Crucible.Upstairs.Program;

return await CrucibleProgram.RunAsync(Commands.Build(), args, ExitCodes.Of);
