namespace Crucible.Storage;

/// <summary>Makes a region. Until region.json bears its name there is none: a crash before that leaves no half of one.</summary>
internal static class RegionCreator
{
    private static readonly string[] OwnNames =
        [RegionFormat.JournalName, RegionFormat.VersionsName, RegionFormat.ExtentsName, RegionFormat.NewManifestName];

    public static void Create(IStorageDirectory directory, RegionDefinition definition, RegionId id, RegionCreateOptions options)
    {
        var journalBytes = options.JournalSizeBytes ?? RegionFormat.DefaultJournalBytes(definition);
        if (!JournalRing.IsValidSize(journalBytes))
        {
            throw new InvalidGeometryException(
                $"a journal of {journalBytes} bytes is not a multiple of {JournalRing.PageBytes} " +
                $"from {RegionFormat.MinJournalBytes} to {RegionFormat.MaxJournalBytes}");
        }

        RequireEmpty(directory);
        if (directory.AvailableBytes < journalBytes)
        {
            throw new StorageException(
                ErrorCode.NoSpace, $"{directory.Path} has {directory.AvailableBytes} bytes free; the journal takes {journalBytes}");
        }

        using var held = directory.TryLock(RegionFormat.LockName, exclusive: true, out var holder)
            ?? throw new RegionInUseException($"{directory.Path} is in use by {holder}");
        try
        {
            WriteAll(directory, new RegionManifest(id, definition, journalBytes, options.FormatVersion));
        }
        catch (StorageException)
        {
            RemoveRemains(directory);
            throw;
        }
    }

    private static void RequireEmpty(IStorageDirectory directory)
    {
        if (directory.Exists(RegionFormat.ManifestName))
        {
            throw new RegionExistsException($"{directory.Path} holds a region already; it was left as it is");
        }

        foreach (var name in directory.List(""))
        {
            if (name is not ("lost+found" or RegionFormat.LockName))
            {
                throw new RegionExistsException(OwnNames.Contains(name)
                    ? $"{directory.Path} holds {name} but no region.json: a creation that was cut off, or a region that lost it; nothing was touched"
                    : $"{directory.Path} is not empty: it holds {name}");
            }
        }
    }

    private static void WriteAll(IStorageDirectory directory, RegionManifest manifest)
    {
        var ring = new JournalRing(manifest.JournalSizeBytes);
        var seed = RegionFormat.Seed(manifest.Id);
        using (var journal = Make(directory, RegionFormat.JournalName))
        {
            journal.Preallocate(ring.FileBytes);
            var slot = new byte[JournalRing.PageBytes];
            for (var sequence = 0UL; sequence < JournalRing.SlotCount; sequence++)
            {
                new Checkpoint { Sequence = sequence, RingBytes = ring.Bytes }.Write(slot, seed);
                journal.Write((long)sequence * JournalRing.PageBytes, slot);
            }

            journal.Sync();
        }

        using (var versions = Make(directory, RegionFormat.VersionsName))
        {
            versions.SetLength((long)VersionPage.CountFor(manifest.Definition.ExtentCount) * VersionPage.SizeBytes);
            versions.Sync();
        }

        directory.CreateDirectory(RegionFormat.ExtentsName);
        using (var file = Make(directory, RegionFormat.NewManifestName))
        {
            file.SetLength(0);
            file.Write(0, manifest.Encode());
            file.Sync();
        }

        directory.SyncDirectory("");
        directory.Rename(RegionFormat.NewManifestName, RegionFormat.ManifestName);
        directory.SyncDirectory("");
    }

    private static IStorageFile Make(IStorageDirectory directory, string name) =>
        directory.Open(name, StorageOpenMode.Create)
        ?? throw new StorageException(ErrorCode.IoError, $"cannot make {directory.Path}/{name}");

    /// <summary>Best effort: what can't be removed is named by the next attempt.</summary>
    private static void RemoveRemains(IStorageDirectory directory)
    {
        try
        {
            if (directory.Exists(RegionFormat.ManifestName))
            {
                return;
            }

            foreach (var name in OwnNames)
            {
                directory.Delete(name);
            }
        }
        catch (StorageException)
        {
            // The first failure is the one to tell.
        }
    }
}
