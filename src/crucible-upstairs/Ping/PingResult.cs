using System.Globalization;

namespace Crucible.Upstairs.Program;

/// <summary>What came of pinging one target.</summary>
/// <param name="Target">The target as given.</param>
/// <param name="Version">The protocol version agreed on; null where it did not come to that.</param>
/// <param name="Sent">Questions.</param>
/// <param name="Received">Answers.</param>
/// <param name="MinMicroseconds">The shortest round trip; null without an answer.</param>
/// <param name="AverageMicroseconds">The mean of them.</param>
/// <param name="MaxMicroseconds">The longest.</param>
/// <param name="Failure">Why it ended early; null where it did not.</param>
internal sealed record PingResult(
    string Target,
    uint? Version,
    long Sent,
    long Received,
    double? MinMicroseconds,
    double? AverageMicroseconds,
    double? MaxMicroseconds,
    string? Failure)
{
    /// <summary>One line for a person.</summary>
    public string Describe()
    {
        var trips = Received == 0 ? "" : string.Create(
            CultureInfo.InvariantCulture,
            $", min/avg/max {MinMicroseconds:0.0}/{AverageMicroseconds:0.0}/{MaxMicroseconds:0.0} µs");
        var failure = Failure is null ? "" : $"; {Failure}";
        return $"{Target}: {Received} of {Sent} answered{trips}{failure}";
    }
}
