namespace Crucible.Downstairs;

/// <summary>Why a greeting or a promotion is refused, as a code and in one line.</summary>
internal sealed record Refusal(RefusalCode Code, string Text);
