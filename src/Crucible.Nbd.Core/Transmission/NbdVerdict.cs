namespace Crucible.Nbd;

/// <summary>What is to be done about a request.</summary>
/// <param name="Action">What.</param>
/// <param name="Error">With <see cref="NbdAction.Refuse"/>: the answer.</param>
/// <param name="Reason">With <see cref="NbdAction.Refuse"/> and <see cref="NbdAction.Close"/>: why, in words.</param>
/// <param name="PayloadBytes">Bytes that follow the head: taken, or read past where the request is refused.</param>
public readonly record struct NbdVerdict(NbdAction Action, NbdError Error, string Reason, uint PayloadBytes);

/// <summary>See <see cref="NbdVerdict"/>.</summary>
public enum NbdAction
{
    /// <summary>Do it.</summary>
    Serve,

    /// <summary>There is nothing to do: it succeeds at once.</summary>
    Succeed,

    /// <summary>Read past its payload and answer with the error; the connection goes on.</summary>
    Refuse,

    /// <summary>The client wants no more: finish what is under way and close.</summary>
    Disconnect,

    /// <summary>An offence that can't be answered: close.</summary>
    Close,
}
