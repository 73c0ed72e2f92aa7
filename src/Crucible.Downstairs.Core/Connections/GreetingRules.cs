using Crucible.Protocol;

namespace Crucible.Downstairs;

/// <summary>Whether a greeting is accepted.</summary>
internal static class GreetingRules
{
    /// <returns>Why not, or null.</returns>
    public static Refusal? Check(in HereIAmHeader greeting, RegionDefinition definition, bool servedReadOnly, Generation promised)
    {
        if (ProtocolVersions.Negotiate(greeting.OldestVersion, greeting.NewestVersion) is null)
        {
            return new Refusal(
                RefusalCode.Version,
                $"you speak versions {greeting.OldestVersion} to {greeting.NewestVersion}, "
                + $"this downstairs {(uint)ProtocolVersions.Oldest} to {(uint)ProtocolVersions.Newest}");
        }

        if (greeting.Encrypted != definition.Encrypted)
        {
            return new Refusal(
                RefusalCode.Encryption,
                definition.Encrypted
                    ? "this region is encrypted and you have no key"
                    : "you encrypt and this region was created without --encrypted");
        }

        if (servedReadOnly && !greeting.ReadOnly)
        {
            return new Refusal(RefusalCode.ReadOnly, "this region is served read only");
        }

        return !greeting.ReadOnly && greeting.Generation != Generation.None && greeting.Generation < promised
            ? new Refusal(RefusalCode.Generation, $"generation {greeting.Generation} is behind {promised}, which was promised before")
            : null;
    }
}
