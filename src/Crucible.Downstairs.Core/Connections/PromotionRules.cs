using Crucible.Protocol;

namespace Crucible.Downstairs;

/// <summary>Whether a session may take over (I4).</summary>
internal static class PromotionRules
{
    /// <param name="promotion">What is asked for.</param>
    /// <param name="promised">The highest generation promised, whether it is durable yet or not.</param>
    /// <param name="session">The session it was promised to.</param>
    /// <param name="volume">The volume the region belongs to, or none.</param>
    /// <param name="failure">Why the region takes no job; none if it does.</param>
    /// <returns>Why not, or null.</returns>
    public static Refusal? Check(
        in PromoteToActiveHeader promotion, Generation promised, SessionId session, VolumeId volume, ErrorCode failure)
    {
        if (volume != VolumeId.None && volume != promotion.Volume)
        {
            return new Refusal(RefusalCode.Identity, $"this region belongs to volume {volume}, not to {promotion.Volume}");
        }

        if (promotion.Generation < promised)
        {
            return new Refusal(
                RefusalCode.Generation, $"generation {promotion.Generation} is behind {promised}, which was promised before");
        }

        if (promotion.Generation == promised && promotion.Session != session && !Planted.Is(PlantedBug.AcceptEqualGeneration))
        {
            return new Refusal(
                RefusalCode.Generation, $"generation {promised} was promised to another session; ask for a higher one");
        }

        return failure switch
        {
            ErrorCode.None => null,
            ErrorCode.NoSpace => new Refusal(
                RefusalCode.Faulted, "no space is left on this region's file system; once there is some, no restart is needed"),
            _ => new Refusal(
                RefusalCode.Faulted, "a write or a sync failed on this region; the downstairs must be restarted before it is trusted again"),
        };
    }
}
