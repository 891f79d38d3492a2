using System.IO.MemoryMappedFiles;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// A file in memory that rows are written to in place: what is written survives the death of the process without a system call. Its room is
/// written with zeros before it is used, so that no later write can find the disk full. Space is taken by many threads; what is written there is
/// theirs alone.
/// </summary>
internal sealed unsafe class JournalSegment : IDisposable
{
    /// <summary>Everything in a segment begins at a multiple of this: behind what is damaged a reader finds the next beginning.</summary>
    public const int Grain = 64;

    /// <summary>Twice: without it nothing behind it can be read.</summary>
    public const int HeaderLength = 2 * Grain;

    private static readonly byte[] Zeros = new byte[1 << 16];

    private readonly string _path;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private int _used = HeaderLength;

    private JournalSegment(string path, int length, MemoryMappedFile file, uint salt)
    {
        _path = path;
        _file = file;
        Length = length;
        Salt = salt;
        _view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.ReadWrite);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _start = start + _view.PointerOffset;
    }

    public int Length { get; }

    /// <summary>Starts every checksum in it, so that nobody's user id can look like a row.</summary>
    public uint Salt { get; }

    /// <summary>Bytes taken; may pass the length.</summary>
    public int Used => Math.Min(Volatile.Read(ref _used), Length);

    /// <exception cref="IOException">There is no room, or the folder is gone.</exception>
    public static JournalSegment Create(string path, int length, long epoch, Guid store)
    {
        using var stream = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 });
        try
        {
            for (var at = 0; at < length; at += Zeros.Length)
            {
                stream.Write(Zeros.AsSpan(0, Math.Min(Zeros.Length, length - at)));
            }

            var file = MemoryMappedFile.CreateFromFile(stream, mapName: null, length, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
            var segment = new JournalSegment(path, length, file, (uint)Random.Shared.Next(1, int.MaxValue));
            JournalFormat.WriteSegmentHeader(segment.At(0, Grain), epoch, segment.Salt, store);
            JournalFormat.WriteSegmentHeader(segment.At(Grain, Grain), epoch, segment.Salt, store);
            return segment;
        }
        catch
        {
            TryDelete(path);
            throw;
        }
    }

    /// <summary>Takes room; null: there is not so much left.</summary>
    public int? Take(int length)
    {
        // Checked first, so that refusals do not add up until they wrap.
        if (Volatile.Read(ref _used) > Length - length)
        {
            return null;
        }

        var at = Interlocked.Add(ref _used, length) - length;
        return at <= Length - length ? at : null;
    }

    public Span<byte> At(int offset, int length) => new(_start + offset, length);

    /// <summary>Nobody reads it from now on, even if its file cannot be deleted: its memory can always be written.</summary>
    public void Invalidate() => At(0, HeaderLength).Clear();

    /// <summary>Deletes the file. Nobody may be writing to it any more.</summary>
    public void Delete()
    {
        // Its pages are not worth a write to the disk: gone before they are unmapped.
        TryDelete(_path);
        Dispose();
    }

    /// <summary>Leaves the file for the next exporter.</summary>
    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();

        // Not the view's own way, which waits for the disk.
        _view.SafeMemoryMappedViewHandle.Dispose();
        _view.Dispose();
        _file.Dispose();
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            SelfDiagnostics.Log.Failed(cause, "nothing: a segment of the journal that is not needed any more stays on the disk");
        }
    }
}
