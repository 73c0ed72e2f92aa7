// Unix sockets, their modes and signals are what some of this is about.
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
