using Crucible;
using Crucible.Downstairs.Program;
using Crucible.Hosting;

return await CrucibleProgram.RunAsync(
    Commands.Build(),
    args,
    exception => exception is InvalidGeometryException ? ExitCode.Usage : null);
