namespace LlmTelemetry.CostExporter;

/// <summary>Reads what an exporter that is gone has written down. Never fails on what it reads: what is not whole is counted, the rest is used.</summary>
internal static class JournalReader
{
    /// <summary>Everything that is not in the store for sure: the snapshot, with the rows that were folded after it.</summary>
    /// <param name="folder">Where to read.</param>
    /// <param name="damaged">How many places are not whole.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static JournalSnapshot Read(JournalFolder folder, out int damaged)
    {
        damaged = 0;
        var snapshot = File.Exists(folder.SnapshotPath)
            ? JournalSnapshot.Read(File.ReadAllBytes(folder.SnapshotPath), out damaged)
            : JournalSnapshot.Read([], out _);
        var rows = new Dictionary<PendingKey, SpendMeasures>();
        foreach (var row in snapshot.Loose)
        {
            Add(rows, in row);
        }

        var slots = new Slots();
        foreach (var path in folder.SegmentPaths())
        {
            damaged += slots.Read(File.ReadAllBytes(path), snapshot.Epoch);
        }

        foreach (var row in slots.Rows())
        {
            Add(rows, in row);
        }

        return snapshot with
        {
            Store = snapshot.Epoch >= 0 ? snapshot.Store : slots.Store,
            Loose = [.. rows.Select(row => new SpendRow(row.Key.Hour, row.Key.Day, row.Key.Key, row.Value))],
        };
    }

    private static void Add(Dictionary<PendingKey, SpendMeasures> rows, in SpendRow row)
    {
        var key = new PendingKey(row.Hour, row.Day, row.Key);
        if (!rows.TryGetValue(key, out var sum))
        {
            rows.Add(key, sum = new SpendMeasures());
        }

        sum.Add(row.Measures);
    }

    private sealed class Slots
    {
        private readonly Dictionary<long, SpendRow> _rows = [];
        private readonly HashSet<long> _replaced = [];

        public Guid Store { get; private set; }

        public IEnumerable<SpendRow> Rows() => _rows.Where(row => !_replaced.Contains(row.Key)).Select(row => row.Value);

        /// <summary>Takes the rows of a segment, unless its epoch was ended.</summary>
        /// <returns>How many places are damaged.</returns>
        public int Read(ReadOnlySpan<byte> file, long endedEpoch)
        {
            if (!TryReadHeader(file, out var epoch, out var salt))
            {
                // Nothing but zeros: ended, or never begun.
                return file.ContainsAnyExcept((byte)0) ? 1 : 0;
            }

            var (damaged, wasDamaged) = (0, false);
            for (var at = JournalSegment.HeaderLength; epoch > endedEpoch && at < file.Length;)
            {
                var length = ReadSlot(file[at..], salt);
                var isDamaged = length is null && file[at..Math.Min(at + JournalSegment.Grain, file.Length)].ContainsAnyExcept((byte)0);
                damaged += isDamaged && !wasDamaged ? 1 : 0;
                wasDamaged = isDamaged;
                at += length ?? JournalSegment.Grain;
            }

            return damaged;
        }

        private bool TryReadHeader(ReadOnlySpan<byte> file, out long epoch, out uint salt)
        {
            if (!JournalFormat.TryReadSegmentHeader(file, out epoch, out salt, out var store)
                && !(file.Length > JournalSegment.Grain && JournalFormat.TryReadSegmentHeader(file[JournalSegment.Grain..], out epoch, out salt, out store)))
            {
                return false;
            }

            Store = store;
            return true;
        }

        private int? ReadSlot(ReadOnlySpan<byte> from, uint salt)
        {
            if (!JournalFormat.TryReadSlot(from, salt, out var head, out var text, out var sumsAt, out var length))
            {
                return null;
            }

            // Without sums it was being made, and what it replaces still holds.
            if (sumsAt <= from.Length && JournalFormat.ReadSums(from[sumsAt..Math.Min(length, from.Length)], head.Room, salt) is { } sums)
            {
                _rows[head.Id] = new SpendRow(head.Hour, DateOnly.FromDayNumber(head.Day), JournalKeys.Parse(text), sums);
                if (head.Replaces != 0)
                {
                    _replaced.Add(head.Replaces);
                }
            }

            return length;
        }
    }
}
