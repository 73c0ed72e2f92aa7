using Crucible.Simulation;

return HuntCommand.Run(args);
