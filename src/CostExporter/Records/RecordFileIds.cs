namespace LlmTelemetry.CostExporter;

/// <summary>
/// Which records are in the files, so that none is written twice: the latest of this and of other processes, or, once asked for, all. For who holds the lock.
/// </summary>
internal sealed class RecordFileIds(RecordFiles files, RecordLines format)
{
    // A record comes twice when an answer was seen twice or a write was not known to have succeeded: soon after.
    private const int Latest = 100_000;
    private const int BeginningSize = 256;

    private readonly HashSet<Guid> _known = [];
    private readonly Queue<Guid> _order = [];
    private bool _all;

    // How far the current file was read, and how it begins: another one has taken its place where that changes.
    private byte[] _beginning = [];
    private long _read;

    public bool Contains(Guid id) => _known.Contains(id);

    /// <summary>Reads what was written since the last time.</summary>
    /// <param name="all">Whether every record must be known from now on, in all files, and not the latest alone.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task CatchUpAsync(bool all, CancellationToken cancellationToken)
    {
        if (all && !_all)
        {
            Forget();
            _all = true;
        }

        var beginning = File.Exists(files.Path) ? Beginning() : [];
        if (_beginning.Length == 0 || !beginning.AsSpan().StartsWith(_beginning))
        {
            // The file that was current is one of the others now, and what was not read of it stands at its end.
            var earlier = files.Existing.Where(file => file != files.Path);
            foreach (var file in _all || _beginning.Length == 0 ? earlier : earlier.TakeLast(1))
            {
                await LearnAsync(file, 0, cancellationToken).ConfigureAwait(false);
            }

            _read = 0;
        }

        _beginning = beginning;
        if (beginning.Length > 0)
        {
            _read = await LearnAsync(files.Path, _read, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>What is in the files has changed otherwise than at their end.</summary>
    public void Forget()
    {
        _known.Clear();
        _order.Clear();
        (_beginning, _read, _all) = ([], 0, false);
    }

    private byte[] Beginning()
    {
        using var stream = RecordFiles.OpenToRead(files.Path);
        var beginning = new byte[Math.Min(BeginningSize, stream.Length)];
        stream.ReadExactly(beginning);
        return beginning;
    }

    private async Task<long> LearnAsync(string file, long from, CancellationToken cancellationToken)
    {
        using var stream = RecordFiles.OpenToRead(file);
        stream.Position = Math.Min(from, stream.Length);
        from = stream.Position;
        var lines = new ByteLines(stream);
        var read = 0L;
        while (await lines.NextAsync(cancellationToken).ConfigureAwait(false) is { } line && !lines.IsCut)
        {
            read = lines.Position;
            if ((format.Peek(line.Span)?.Id ?? format.TryRead(line)?.Id) is { } id && _known.Add(id) && !_all)
            {
                _order.Enqueue(id);
                if (_order.Count > Latest)
                {
                    _known.Remove(_order.Dequeue());
                }
            }
        }

        return from + read;
    }
}
