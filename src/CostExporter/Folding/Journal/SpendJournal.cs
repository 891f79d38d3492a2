using System.Text;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Writes down what one exporter has folded and its store does not have for sure: pending rows in place in memory-mapped segments, as they are
/// folded; what is drained from there in a snapshot, before any of it is sent. What does not fit, or cannot be written, goes on in memory alone.
/// Thread-safe.
/// </summary>
internal sealed class SpendJournal : IThreadPoolWorkItem
{
    private const int FirstSegment = 4 << 20;
    private const int LeastSegment = 64 << 10;
    private const int MostSegment = 64 << 20;
    private const int RoomStep = 8;

    private readonly JournalFolder _folder;
    private readonly Guid _store;
    private readonly long _maxBytes;
    private readonly TimeProvider _time;
    private readonly JournalHealth _health;
    private readonly Lock _gate = new();

    // Under _gate: the last one is written to, the others wait for their snapshot.
    private readonly List<JournalEpoch> _epochs = [];
    private FileStream? _snapshot;
    private long _lastEpoch;
    private int _segments;
    private int _nextLength;
    private int _frames;
    private bool _ended;

    private long _rows;
    private volatile bool _isFull;

    public SpendJournal(JournalFolder folder, Guid store, long maxBytes, TimeProvider time, JournalHealth health)
    {
        _folder = folder;
        _store = store;
        _maxBytes = maxBytes;
        _time = time;
        _health = health;
        _nextLength = FirstSegment;
        ExporterMetrics.Watch(this);
    }

    /// <summary>The exporter's name: its folder and the beginning of its instances.</summary>
    public string Id => _folder.Id;

    /// <summary>Called where rows may be waiting for a place that there was not.</summary>
    public Action? Grown { get; set; }

    /// <summary>Bytes on the disk.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                return BytesNow();
            }
        }
    }

    /// <summary>Rows and batches that are written down.</summary>
    public long Frames
    {
        get
        {
            lock (_gate)
            {
                return _frames + _epochs.Sum(e => (long)e.Rows);
            }
        }
    }

    /// <summary>From now on rows are written to a new epoch. Once nobody writes to the one before any more, <see cref="Commit"/> may end it.</summary>
    public JournalEpoch Begin()
    {
        lock (_gate)
        {
            // What the last interval took, and as much again: adding to it costs a moment in which rows have no place.
            _nextLength = _epochs is [.., var last] && last.Used > 0 ? (int)Math.Clamp(last.Used * 2, LeastSegment, MostSegment) : _nextLength;
            var epoch = new JournalEpoch(++_lastEpoch);
            _epochs.Add(epoch);
            _isFull = false;
            AddSegment(epoch);
            return epoch;
        }
    }

    /// <summary>Writes down what a row holds now. Under the row's lock: no I/O, and nothing allocated but where the row has no place yet.</summary>
    public void Write(JournalEpoch epoch, ref JournalSlot slot, in PendingKey key, SpendMeasures sums)
    {
        if (slot.TryWrite(sums))
        {
            return;
        }

        try
        {
            if (!TryPlace(epoch, ref slot, in key, sums.Count) && _isFull && !slot.IsMissed)
            {
                slot.IsMissed = true;
                JournalHealth.Missed(1);
            }

            _ = slot.TryWrite(sums);
        }
        catch (Exception cause) // A journal must not cost the call that it is for, which is folded already.
        {
            SelfDiagnostics.Log.Failed(cause, "nothing: a row is in memory alone");
        }
    }

    /// <summary>
    /// Replaces the snapshot, and with it every epoch up to this one: afterwards the batches may be sent. Never throws: what could not be written is
    /// in memory alone.
    /// </summary>
    /// <param name="epoch">The last epoch whose rows are in it.</param>
    /// <param name="batches">All that are held.</param>
    /// <param name="loose">All rows that were drained and are in no batch.</param>
    public void Commit(long epoch, IEnumerable<SpendBatch> batches, IReadOnlyList<SpendRow> loose)
    {
        lock (_gate)
        {
            var now = _time.GetUtcNow();
            var snapshot = new JournalSnapshot(epoch, _store, [.. batches.Select(b => new JournaledBatch(b, now))], loose);
            try
            {
                var left = Replace(snapshot, partly: false);
                if (left > 0)
                {
                    // Without them there is more room. Gone first: what is in both would count twice.
                    EndEpochs(epoch);
                    left = Replace(snapshot, partly: true);
                    JournalHealth.Missed(left);
                }

                Settle(left > 0 ? "it has reached its limit" : null);
            }
            catch (Exception cause) // Whatever the disk does: a flush goes on.
            {
                ForgetSnapshot(snapshot);
                JournalHealth.Missed(snapshot.Rows);
                Settle($"{cause.GetType().Name}: {cause.Message}");
            }

            EndEpochs(epoch);
        }
    }

    /// <summary>Ends the journal; nobody writes to it any more.</summary>
    /// <param name="isEmpty">Whether everything is in the store; else what is here is left to the next exporter.</param>
    public void End(bool isEmpty)
    {
        lock (_gate)
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
            ExporterMetrics.Unwatch(this);
            foreach (var segment in _epochs.SelectMany(e => e.Segments))
            {
                segment.Dispose();
            }

            _epochs.Clear();
            _snapshot?.Dispose();
            if (isEmpty)
            {
                _folder.Delete();
            }
            else
            {
                _folder.Dispose();
            }
        }
    }

    /// <summary>Adds a segment, off the call path.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        lock (_gate)
        {
            if (_ended || _epochs is not [.., var epoch])
            {
                return;
            }

            // A burst: twice as much each time.
            _nextLength = (int)Math.Min((epoch.Segments is [.., var last] ? last.Length : _nextLength) * 2L, MostSegment);
            AddSegment(epoch);
        }

        try
        {
            Grown?.Invoke();
        }
        catch (Exception cause) // Nobody is above a work item.
        {
            SelfDiagnostics.Log.Failed(cause, "nothing: rows are in memory alone");
        }
    }

    private bool TryPlace(JournalEpoch epoch, ref JournalSlot slot, in PendingKey key, int measures)
    {
        var text = JournalKeys.TextOf(key.Key);
        var room = Math.Max(RoomStep, (measures + RoomStep - 1) / RoomStep * RoomStep);
        var length = JournalFormat.SlotLength(Encoding.UTF8.GetByteCount(text), room);
        var isPlaced = epoch.TryTake(length, out var segment, out var offset, out var isShort);
        if (isPlaced)
        {
            slot.MoveTo(segment!, offset, length, text, new JournalRowHead(Interlocked.Increment(ref _rows), slot.Id, room, key.Hour, key.Day.DayNumber));
        }

        if (isShort && !_isFull)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        return isPlaced;
    }

    private void AddSegment(JournalEpoch epoch)
    {
        try
        {
            // The snapshot that follows needs room too.
            var length = (int)Math.Min(_nextLength, (_maxBytes - BytesNow()) / 2) / JournalSegment.Grain * JournalSegment.Grain;
            if (length < Math.Min(LeastSegment, _maxBytes / 16))
            {
                throw new IOException("it has reached its limit");
            }

            _folder.Ensure();
            epoch.Add(JournalSegment.Create(_folder.SegmentPath(epoch.Number, ++_segments), length, epoch.Number, _store));
        }
        catch (Exception cause) // Whatever the disk does: calls go on, in memory alone.
        {
            _isFull = true;
            _health.Failed(cause.Message);
        }
    }

    // Written beside the one that holds and then put in its place, so that one of the two is always whole.
    private long Replace(JournalSnapshot snapshot, bool partly)
    {
        if (snapshot.IsEmpty)
        {
            ForgetSnapshot(snapshot);
            return 0;
        }

        _folder.Ensure();
        var draft = new FileStream(_folder.DraftPath, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.ReadWrite, Share = FileShare.Read | FileShare.Delete, BufferSize = 1 << 16 });
        try
        {
            var left = snapshot.Write(draft, _maxBytes - BytesNow());
            draft.Flush();
            if (left > 0 && !partly)
            {
                draft.Dispose();
                return left;
            }

            File.Move(_folder.DraftPath, _folder.SnapshotPath, overwrite: true);
            _snapshot?.Dispose();
            _snapshot = draft;
            _frames = snapshot.Frames;
            return left;
        }
        catch
        {
            draft.Dispose();
            throw;
        }
    }

    // What it says is not so any more: its batches may be in the store by now and its rows in batches.
    private void ForgetSnapshot(JournalSnapshot snapshot)
    {
        if (_snapshot is null)
        {
            return;
        }

        try
        {
            // Also where its folder cannot be written to any more.
            _snapshot.SetLength(0);
            _snapshot.Dispose();
            File.Delete(_folder.SnapshotPath);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            SelfDiagnostics.Log.Failed(cause, snapshot.IsEmpty ? "nothing: an empty snapshot stays on the disk" : "nothing as yet: the journal cannot be written");
        }

        _snapshot = null;
        _frames = 0;
    }

    private void EndEpochs(long last)
    {
        foreach (var segment in _epochs.Where(e => e.Number <= last).SelectMany(e => e.Segments))
        {
            segment.Invalidate();
            segment.Delete();
        }

        _epochs.RemoveAll(e => e.Number <= last);
    }

    private void Settle(string? trouble)
    {
        if (trouble is not null)
        {
            _health.Failed(trouble);
        }
        else if (!_isFull)
        {
            _health.Works();
        }
    }

    private long BytesNow() => (_snapshot?.Length ?? 0) + _epochs.Sum(e => e.Segments.Sum(s => (long)s.Length));
}
