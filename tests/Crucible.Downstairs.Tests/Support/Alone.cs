namespace Crucible.Downstairs.Tests;

/// <summary>For tests that measure the whole process: nothing else runs beside them.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;
