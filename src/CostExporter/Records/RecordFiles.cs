using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// A file that is written at its end, and the earlier ones that it was renamed to when it was full: <c>calls.jsonl</c>, <c>calls.1.jsonl</c> (the latest of
/// them), <c>calls.2.jsonl</c> ... All but reading is for who holds the lock.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="maxBytes">How long it grows.</param>
/// <param name="maxFiles">How many there are, this one included.</param>
/// <param name="header">What each begins with, end of line included; may be empty.</param>
internal sealed class RecordFiles(string path, long maxBytes, int maxFiles, byte[] header)
{
    public string Path => path;

    /// <summary>Those that are there, the oldest first.</summary>
    public IReadOnlyList<string> Existing
    {
        get
        {
            var files = new List<string>();
            for (var n = maxFiles - 1; n >= 0; n--)
            {
                // A process that died while it renamed them left out a number.
                if (File.Exists(Numbered(n)))
                {
                    files.Add(Numbered(n));
                }
            }

            return files;
        }
    }

    /// <summary>Opens a file to read what is there now, whatever becomes of its name.</summary>
    public static FileStream OpenToRead(string file) => new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);

    /// <summary>Writes lines at the end, beginning another file where one is full. Where that fails, lines that were written whole stay, and no part of one.</summary>
    public void Append(IReadOnlyList<byte[]> lines, RecordLines format)
    {
        for (var next = 0; next < lines.Count;)
        {
            using var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
            Repair(stream, format);
            using var batch = new MemoryStream();
            if (stream.Length == 0)
            {
                batch.Write(header);
            }

            var first = next;
            while (next < lines.Count && (stream.Length + batch.Length + lines[next].Length < maxBytes || (next == first && stream.Length <= header.Length)))
            {
                batch.Write(lines[next++]);
                batch.WriteByte((byte)'\n');
            }

            if (next == first)
            {
                stream.Dispose();
                Rotate();
                continue;
            }

            Write(stream, batch);
        }
    }

    /// <summary>Writes a file anew with the lines that stay, and puts it in the place of the old one in one step.</summary>
    public async Task ReplaceAsync(string file, Func<ReadOnlyMemory<byte>, bool> stays, CancellationToken cancellationToken)
    {
        var temporary = file + ".tmp";
        var old = OpenToRead(file);
        await using (old.ConfigureAwait(false))
        {
            var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None);
            await using (stream.ConfigureAwait(false))
            {
                stream.Write(header);
                var lines = new ByteLines(old);
                while (await lines.NextAsync(cancellationToken).ConfigureAwait(false) is { } line)
                {
                    if (stays(line))
                    {
                        stream.Write(line.Span);
                        stream.Write("\n"u8);
                    }
                }

                stream.Flush(flushToDisk: true);
            }
        }

        File.Move(temporary, file, overwrite: true);
    }

    private static void Write(FileStream stream, MemoryStream batch)
    {
        var end = stream.Length;
        stream.Position = end;
        try
        {
            stream.Write(batch.GetBuffer().AsSpan(0, (int)batch.Length));
            stream.Flush();
        }
        catch
        {
            // The disk is full: what is there of the batch goes again, so that it can be written once more.
            stream.SetLength(end);
            throw;
        }
    }

    // A process died while it wrote. What it left of its last line is no record; one that only lacks its end is.
    private static void Repair(FileStream stream, RecordLines format)
    {
        if (stream.Length == 0 || Last(stream, 1)[0] == '\n')
        {
            return;
        }

        byte[] tail;
        var size = 4096;
        int at;
        do
        {
            tail = Last(stream, size);
            at = tail.AsSpan().LastIndexOf((byte)'\n');
            size *= 2;
        }
        while (at < 0 && tail.Length < stream.Length);
        if (format.TryRead(tail.AsMemory(at + 1)) is null)
        {
            stream.SetLength(stream.Length - (tail.Length - at - 1));
        }
        else
        {
            stream.Position = stream.Length;
            stream.Write("\n"u8);
        }
    }

    private static byte[] Last(FileStream stream, int count)
    {
        var tail = new byte[Math.Min(count, stream.Length)];
        stream.Position = stream.Length - tail.Length;
        stream.ReadExactly(tail);
        return tail;
    }

    private void Rotate()
    {
        File.Delete(Numbered(maxFiles - 1));
        for (var n = maxFiles - 2; n >= 0; n--)
        {
            if (File.Exists(Numbered(n)))
            {
                File.Move(Numbered(n), Numbered(n + 1), overwrite: true);
            }
        }
    }

    private string Numbered(int n)
    {
        if (n == 0)
        {
            return path;
        }

        var end = System.IO.Path.GetExtension(path);
        return $"{path[..^end.Length]}.{n.ToString(CultureInfo.InvariantCulture)}{end}";
    }
}
