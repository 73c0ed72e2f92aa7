using Crucible.Protocol;

namespace Crucible.Downstairs;

/// <summary>What one frame leaves to do outside the core's lock, because it may block.</summary>
internal enum DeferredKind
{
    Nothing,
    Read,
    ReadStates,
    ReadContexts,
    Promote,
    Note,
}

/// <summary>The action and what it needs; only the fields of its kind mean anything.</summary>
internal struct Deferred
{
    public DeferredKind Kind;
    public ReadHeader Read;
    public ReadStatesHeader ReadStates;
    public ReadContextsHeader ReadContexts;
    public PromoteToActiveHeader Promotion;
    public RegionNoteRequest Note;
}
