using System.Buffers;

namespace Crucible.Nbd;

/// <summary>Which kinds of block status a client selected, and for which export: the selection holds for that name alone.</summary>
internal sealed class ContextSelection
{
    private byte[] _export = [];
    private NbdContext[] _contexts = [];

    /// <summary>What was selected for an export of this name.</summary>
    public IReadOnlyList<NbdContext> For(ReadOnlySpan<byte> export) => export.SequenceEqual(_export) ? _contexts : [];

    public void Clear() => _contexts = [];

    /// <summary>Answers LIST_META_CONTEXT or SET_META_CONTEXT; the latter forgets what was selected before, also where it fails.</summary>
    public void Answer(NbdOption option, ReadOnlySpan<byte> data, NbdExportList exports, NbdReplyMode replies, IBufferWriter<byte> output)
    {
        var sets = option == NbdOption.SetMetaContext;
        if (sets)
        {
            Clear();
        }

        if (replies == NbdReplyMode.Simple)
        {
            OptionReplies.WriteError(output, (uint)option, NbdOptionReply.ErrorInvalid, "structured replies come first");
            return;
        }

        var parts = new OptionData(data);
        var name = parts.TakeString();
        var found = Match(ref parts, sets);
        if (!parts.IsDone)
        {
            OptionReplies.WriteError(output, (uint)option, NbdOptionReply.ErrorInvalid, "the option's data does not fit together");
            return;
        }

        if (exports.Find(name) is null)
        {
            OptionReplies.WriteError(output, (uint)option, NbdOptionReply.ErrorUnknown, "no such export");
            return;
        }

        NbdContext[] contexts = [.. NbdContexts.All.Where(context => (found & BitOf(context)) != 0)];
        foreach (var context in contexts)
        {
            OptionReplies.WriteContext(output, option, context);
        }

        OptionReplies.Write(output, (uint)option, NbdOptionReply.Ack);
        if (sets)
        {
            (_export, _contexts) = (name.ToArray(), contexts);
        }
    }

    // No query at all lists everything and selects nothing.
    private static uint Match(ref OptionData parts, bool sets)
    {
        var queries = parts.TakeUInt32();
        uint found = 0;
        for (uint i = 0; i < queries && !parts.Failed; i++)
        {
            var query = parts.TakeString();
            foreach (var context in NbdContexts.All)
            {
                var matches = sets ? NbdContexts.Selects(query, context) : NbdContexts.Lists(query, context);
                found |= matches ? BitOf(context) : 0;
            }
        }

        return queries == 0 && !sets ? ~0u : found;
    }

    private static uint BitOf(NbdContext context) => 1u << (int)context;
}
