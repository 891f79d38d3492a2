namespace LlmTelemetry.Service;

/// <summary>
/// Cuts a stream of UTF-8 into lines with one buffer. A line longer than <see cref="Longest"/> is not kept: no input makes it grow without bound. Ends of
/// lines may be CRLF, the last one need not have any; a byte order mark is left out.
/// </summary>
internal sealed class LineReader(Stream stream)
{
    public const int Longest = 1 << 20;

    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private bool _skipping;
    private bool _ended;
    private bool _begun;

    /// <summary>Reads more; false: there is no more, and <see cref="TryTake"/> gives what is left.</summary>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        if (_ended)
        {
            return false;
        }

        MakeRoom();
        var count = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += count;
        _ended = count == 0;
        return true;
    }

    /// <summary>Takes the next line that is here as a whole, without its end. It is good until the next read.</summary>
    /// <param name="line">The line; empty where it was too long.</param>
    /// <param name="isTooLong">Whether the line was longer than what is kept.</param>
    public bool TryTake(out ReadOnlyMemory<byte> line, out bool isTooLong)
    {
        var length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
        var isLast = length < 0 && _ended && (_end > _start || _skipping);
        if (length < 0 && !isLast)
        {
            (line, isTooLong) = (default, false);
            return false;
        }

        length = isLast ? _end - _start : length;
        isTooLong = _skipping || length > Longest;
        line = isTooLong ? default : Trim(_buffer.AsMemory(_start, length));
        _start = isLast ? _end : _start + length + 1;
        _skipping = false;
        _begun = true;
        return true;
    }

    private ReadOnlyMemory<byte> Trim(ReadOnlyMemory<byte> line)
    {
        line = !_begun && line.Span.StartsWith("\uFEFF"u8) ? line[3..] : line;
        return line.Span.EndsWith("\r"u8) ? line[..^1] : line;
    }

    private void MakeRoom()
    {
        if (_end - _start > Longest)
        {
            (_start, _end, _skipping) = (0, 0, true);
        }

        if (_skipping)
        {
            // No end of the line so far: all of this is the line that is left out.
            (_start, _end) = (0, 0);
        }
        else if (_start > 0)
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
