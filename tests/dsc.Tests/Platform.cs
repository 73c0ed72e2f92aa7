// Signals, /proc and shell scripts stand in these tests.
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
