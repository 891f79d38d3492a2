namespace LlmTelemetry.CostExporter;

/// <summary>Cuts a stream into lines, with one buffer that grows no further than the longest line that is taken. Ends may be LF or CRLF.</summary>
/// <param name="stream">The stream, from where it stands.</param>
internal sealed class ByteLines(Stream stream)
{
    // Records are far shorter; what is longer is none.
    private const int Longest = 1 << 20;

    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private bool _skipping;

    /// <summary>Bytes from the beginning up to behind the line that was taken last.</summary>
    public long Position { get; private set; }

    /// <summary>Whether the line that was taken last had no end: the stream ended in it.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Whether the line that was taken last was longer than any record: it comes empty.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>The next line without its end, good until the next call; null: there is none.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> NextAsync(CancellationToken cancellationToken)
    {
        var searched = 0;
        while (true)
        {
            var at = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (at >= 0)
            {
                return Take(searched + at, 1);
            }

            searched = _end - _start;
            if (searched > Longest)
            {
                (Position, _start, _end, _skipping, searched) = (Position + searched, 0, 0, true, 0);
            }

            MakeRoom();
            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                if (_end > _start || _skipping)
                {
                    return Take(_end - _start, 0);
                }

                return null;
            }

            _end += read;
        }
    }

    private ReadOnlyMemory<byte> Take(int length, int end)
    {
        var line = _buffer.AsMemory(_start, length);
        IsTooLong = _skipping || length > Longest;
        (Position, IsCut, _skipping, _start) = (Position + length + end, end == 0, false, _start + length + end);
        return IsTooLong ? default : line.Span.EndsWith("\r"u8) ? line[..^1] : line;
    }

    private void MakeRoom()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
    }
}
