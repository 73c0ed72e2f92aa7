using BenchmarkDotNet.Running;

// In this process: BenchmarkDotNet's own build of a host program does not find its way through the artifacts layout.
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run([.. args, "--inProcess"]);
