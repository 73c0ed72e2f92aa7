namespace Crucible.Upstairs;

/// <summary>
/// Which state the volume is in, and why; what follows for the parts when it changes, whichever of them changed it. Lets
/// those parts go on that the state allows to.
/// </summary>
internal sealed class VolumeLifecycle(
    ReplicaSet replicas, IUpstairsOutput output, Activator activation, GuestWork work, RepairWork repairs)
{
    /// <summary>What time it was when something last happened: parts that end the volume don't tell.</summary>
    public Instant Now { private get; set; }

    public VolumeState State { get; private set; } = VolumeState.Activating;

    /// <summary>Why the volume has ended, where it has.</summary>
    public string Cause { get; private set; } = "";

    public bool HasEnded => State is not (VolumeState.Activating or VolumeState.Active);

    /// <summary>Something arrived that activation or repair may have waited for.</summary>
    public void Advance(Instant now)
    {
        Now = now;
        activation.Advance(now);
        if (State == VolumeState.Active)
        {
            repairs.Advance(now);
        }
    }

    /// <summary>Ends the volume where a quorum, or anyone while it is being activated, has promised itself to a later one.</summary>
    public void GiveUpIfSuperseded(string cause)
    {
        var superseded = 0;
        foreach (var replica in replicas.All)
        {
            superseded += replica.IsSuperseded ? 1 : 0;
        }

        if (superseded >= Retirement.Quorum || !activation.IsFinished)
        {
            End(activation.IsFinished ? VolumeState.Superseded : VolumeState.Failed, VolumeFailure.Generation, cause);
        }
    }

    /// <summary>Ends the volume, unless it has ended.</summary>
    public void End(VolumeState state, VolumeFailure failure, string cause)
    {
        if (!HasEnded)
        {
            output.VolumeChanged(state, failure, cause);
        }
    }

    /// <summary>Every way to another volume state ends here, also the ones that the parts take by themselves.</summary>
    public void OnVolumeChanged(VolumeState state, string cause)
    {
        State = state;
        Cause = cause;
        if (state == VolumeState.Active)
        {
            work.Generation = activation.Generation;
            work.NextFlush = activation.FirstFlush;
            return;
        }

        var result = state switch
        {
            VolumeState.Superseded => ErrorCode.Superseded,
            VolumeState.Closed => ErrorCode.Closed,
            _ => ErrorCode.NotEnoughReplicas,
        };
        work.Abort(result, Now);
        foreach (var replica in replicas.All)
        {
            output.Disconnect(replica.Id, cause);
        }
    }
}
