using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// The files of one exporter in a journal's folder: <c>ID.STORE.lock</c>, held as long as it lives, and beside it the folder <c>ID.STORE</c>. The lock
/// of a process that is gone is free, whatever ended it: who takes it owns what is there. The name says which store it is for, so that nobody takes a
/// lock to find out, and keeps away who would send what is there.
/// </summary>
internal sealed class JournalFolder : IDisposable
{
    private const string LockEnding = ".lock";

    private readonly string _lockPath;
    private FileStream _lock;

    private JournalFolder(string lockPath, FileStream held, string id, Guid store)
    {
        _lockPath = lockPath;
        _lock = held;
        Id = id;
        Store = store;
        Path = lockPath[..^LockEnding.Length];
    }

    public string Id { get; }

    /// <summary>The store that it is for.</summary>
    public Guid Store { get; }

    public string Path { get; }

    public string SnapshotPath => System.IO.Path.Combine(Path, "snapshot");

    /// <summary>What is not finished, and so says nothing.</summary>
    public string DraftPath => System.IO.Path.Combine(Path, "snapshot.draft");

    /// <summary>Makes one for an exporter.</summary>
    /// <exception cref="ArgumentException">The setting names no folder in which that can be done.</exception>
    public static JournalFolder Create(string parent, string id, Guid store)
    {
        try
        {
            if (File.Exists(parent))
            {
                throw new IOException("it is a file");
            }

            Directory.CreateDirectory(parent);
            var path = System.IO.Path.Combine(System.IO.Path.GetFullPath(parent), $"{id}.{store:N}{LockEnding}");

            // Under another name until it is held: whoever looks for journals of the dead must not get it first.
            var held = Hold(path + ".new", FileMode.OpenOrCreate) ?? throw new IOException("its files are locked by somebody else");
            File.Move(path + ".new", path);
            var folder = new JournalFolder(path, held, id, store);
            if (Hold(path, FileMode.Open) is { } second)
            {
                // Everybody would take everybody's journal for that of a dead process.
                second.Dispose();
                folder.Delete();
                throw new IOException("files there cannot be locked");
            }

            Directory.CreateDirectory(folder.Path);
            return folder;
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ArgumentException(
                $"{nameof(CostExporterOptions.Journal)} '{parent}' cannot be used: {cause.Message.TrimEnd('.')}. It must be the path of a folder on a local disk that this process may write to, or null for no journal.", cause);
        }
    }

    /// <summary>Takes over those of exporters that are gone.</summary>
    /// <param name="parent">The folder they share.</param>
    /// <param name="wanted">Whether to take one, by its id and its store; its lock is not touched otherwise.</param>
    public static IEnumerable<JournalFolder> TakeOver(string parent, Func<string, Guid, bool> wanted)
    {
        foreach (var path in Directory.Exists(parent) ? Directory.GetFiles(parent, "*" + LockEnding) : [])
        {
            if (System.IO.Path.GetFileName(path).Split('.') is not [var id, var name, _] || !Guid.TryParseExact(id, "N", out _) || !Guid.TryParseExact(name, "N", out var store)
                || !wanted(id, store) || Hold(path, FileMode.Open) is not { } held)
            {
                continue;
            }

            var folder = new JournalFolder(path, held, id, store);
            if (Directory.Exists(folder.Path))
            {
                yield return folder;
            }
            else if (File.Exists(path))
            {
                // It died before it wrote anything, or somebody else has just finished with it.
                folder.Delete();
            }
            else
            {
                folder.Dispose();
            }
        }
    }

    public string SegmentPath(long epoch, int number) => System.IO.Path.Combine(Path, string.Create(CultureInfo.InvariantCulture, $"segment-{epoch}-{number}"));

    public string[] SegmentPaths() => Directory.GetFiles(Path, "segment-*");

    /// <summary>Makes again what somebody has deleted.</summary>
    public void Ensure()
    {
        if (!File.Exists(_lockPath))
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(_lockPath)!);
            if (Hold(_lockPath, FileMode.OpenOrCreate) is { } held)
            {
                _lock.Dispose();
                _lock = held;
            }
        }

        Directory.CreateDirectory(Path);
    }

    /// <summary>Deletes everything, the lock last: nobody finds a folder without one.</summary>
    public void Delete()
    {
        try
        {
            if (Directory.Exists(Path))
            {
                Directory.Delete(Path, recursive: true);
            }

            File.Delete(_lockPath);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            SelfDiagnostics.Log.Failed(cause, "nothing: files of the journal that are not needed any more stay on the disk");
        }

        Dispose();
    }

    /// <summary>Lets go, for the next exporter.</summary>
    public void Dispose() => _lock.Dispose();

    // Null: somebody holds it, or it is gone.
    private static FileStream? Hold(string path, FileMode mode)
    {
        try
        {
            return new FileStream(path, mode, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (Exception cause) when (mode == FileMode.Open && cause is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
