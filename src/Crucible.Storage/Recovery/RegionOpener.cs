using Microsoft.Extensions.Logging;

namespace Crucible.Storage;

/// <summary>Opens a region: lock, region.json, checkpoint, versions, replay; then, for a writer, a new epoch.</summary>
internal static class RegionOpener
{
    public static Region Open(IStorageDirectory directory, RegionOpenOptions options)
    {
        // First, so that a directory without a region doesn't get a lock file.
        var manifest = RegionManifest.Load(directory);
        var held = directory.TryLock(RegionFormat.LockName, exclusive: !options.ReadOnly, out var holder)
            ?? throw new RegionInUseException($"{directory.Path} is in use by {holder}");
        var opened = new Stack<IDisposable>([held]);
        try
        {
            return Open(directory, manifest, held, options, opened);
        }
        catch
        {
            foreach (var one in opened)
            {
                one.Dispose();
            }

            throw;
        }
    }

    private static Region Open(
        IStorageDirectory directory, RegionManifest manifest, IDisposable held, RegionOpenOptions options, Stack<IDisposable> opened)
    {
        var identity = new RegionIdentity(manifest.Id, manifest.Definition, manifest.FormatVersion);
        var ring = new JournalRing(manifest.JournalSizeBytes);
        var mode = options.ReadOnly ? StorageOpenMode.Read : StorageOpenMode.ReadWrite;
        var journalFile = OpenFile(directory, RegionFormat.JournalName, mode, opened);
        var versions = OpenFile(directory, RegionFormat.VersionsName, mode, opened);
        var journalPath = $"{directory.Path}/{RegionFormat.JournalName}";
        if (journalFile.Length != ring.FileBytes)
        {
            throw new RegionCorruptException(
                $"{journalPath} is damaged: it has {journalFile.Length} bytes and was made with {ring.FileBytes}");
        }

        var fault = new RegionFault(options.Logger);
        var extents = new ExtentCache(directory, identity, Math.Max(1, options.ExtentHandles), options.ReadOnly);
        var direct = new DirectFiles(extents, new ExtentMaker(directory, identity), fault);
        var parts = new RegionParts
        {
            Identity = identity,
            Memory = new RegionMemory(manifest.Definition, ring),
            Journal = new Journal(journalFile, ring, identity.Seed, fault, direct),
            Extents = extents,
            Direct = direct,
            LargeWriteBytes = options.LargeWriteBytes,
            Versions = versions,
            Held = held,
            Fault = fault,
            Logger = options.Logger,
        };
        opened.Push(parts.Extents);
        var checkpoint = CheckpointReader.Read(journalFile, ring, identity.Seed, journalPath, out var damagedSlot);
        parts.Memory.State = checkpoint.State;
        VersionLoader.Load(
            versions, identity, parts.Memory.Extents, parts.Extents, checkpoint, options.Logger);
        var window = new JournalWindow(journalFile, ring);
        var directRecovery = new DirectRecovery(identity, parts.Memory.Extents, parts.Extents);
        var scanner = new RecordScanner(window, ring, identity, checkpoint, directRecovery);
        var survey = new RingSurvey(window, ring, identity, checkpoint);
        Replay(scanner, directRecovery, parts, checkpoint, journalPath);
        CheckDamagedSlot(survey, damagedSlot, journalPath, options.Logger);
        // The older of two checkpoints leads to records that were applied since, and their homes may be used otherwise by now.
        var isCutShort = survey.IsCutShort(scanner.End, scanner.Durable) || (damagedSlot >= 0 && scanner.HasUnproved);
        if (isCutShort)
        {
            parts.Memory.State = survey.Witness(parts.Memory.State, scanner.End, scanner.Durable);
            options.Logger.JournalCutShort(journalPath, ring.OffsetOf(scanner.End), parts.Memory.State.Position);
        }

        parts.Journal.Begin(checkpoint, scanner.End);
        if (options.ReadOnly)
        {
            return new Region(parts, null);
        }

        // What is read from now on must never be lost again, also where the process before died between write and sync, or
        // after a sync that failed.
        directRecovery.Harden(scanner.Durable, new ExtentMaker(directory, identity));
        parts.Journal.Harden(scanner.Durable);
        var region = new Region(
            parts, new Applier(identity, parts.Memory, parts.Journal, parts.Extents, directory, versions, fault));
        if (isCutShort)
        {
            region.BeginAfterDamage();
        }
        else
        {
            parts.Journal.WriteCheckpoint(checkpoint.Head, checkpoint.State, checkpoint.EstablishedCount, newEpoch: true);
        }

        return region;
    }

    private static void Replay(
        RecordScanner scanner, DirectRecovery direct, RegionParts parts, in Checkpoint checkpoint, string path)
    {
        while (scanner.TryNext(out var header, out var position, out var contexts))
        {
            if (header.BlockCount > parts.Memory.FreeBlocks)
            {
                throw new RegionCorruptException($"{path} is damaged: it holds more blocks than it can");
            }

            parts.Memory.Apply(header, position, contexts);
            if (header.IsDirect)
            {
                direct.Note(header, position, contexts);
            }
        }

        if (Planted.Is(PlantedBug.ForgetPromiseAtRestart))
        {
            parts.Memory.State = parts.Memory.State with { PromisedGeneration = Generation.None, PromisedSession = default };
        }

        parts.Memory.Extents.EndLoading();
        if (scanner.Count != 0)
        {
            parts.Logger.Replayed(scanner.Count, scanner.End - checkpoint.Head, parts.Memory.State.Position);
        }
    }

    /// <summary>
    /// A checkpoint is one sector and so never half written: a slot that can't be read was damaged later. The other slot
    /// will do unless the damaged one was the newer and ring space that it had freed was used since.
    /// </summary>
    private static void CheckDamagedSlot(RingSurvey survey, int slot, string path, ILogger logger)
    {
        if (slot < 0)
        {
            return;
        }

        if (survey.HasNewerRecords())
        {
            throw new RegionCorruptException(
                $"{path} is damaged: checkpoint slot {slot} cannot be read, and records are there that the other does not lead to");
        }

        logger.CheckpointSlotCorrupt(slot);
    }

    private static IStorageFile OpenFile(
        IStorageDirectory directory, string name, StorageOpenMode mode, Stack<IDisposable> opened)
    {
        var file = directory.Open(name, mode)
            ?? throw new RegionCorruptException($"{directory.Path} is damaged: its file {name} is missing");
        opened.Push(file);
        return file;
    }
}
