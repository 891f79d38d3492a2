using System.Runtime.InteropServices;

namespace LlmTelemetry.CostExporter;

/// <summary>A part of the pending map under a lock of its own, and where its rows are written down.</summary>
/// <param name="journal">Null: nowhere.</param>
internal sealed class PendingStripe(SpendJournal? journal)
{
    private static readonly Dictionary<PendingKey, PendingRow> Nothing = [];

    public readonly Lock Gate = new();

    // All under Gate.
    private Dictionary<PendingKey, PendingRow> _rows = [];
    private readonly List<JournalSlot> _slots = [];
    private JournalEpoch? _epoch;

    public int Count => _rows.Count;

    public long Since { get; set; }

    public bool Closed { get; set; }

    public bool TryFind(in PendingKey key, out PendingRow row) => _rows.TryGetValue(key, out row);

    public PendingRow Add(in PendingKey key)
    {
        var row = new PendingRow(new SpendMeasures(), _slots.Count);
        _rows.Add(key, row);
        if (journal is not null)
        {
            _slots.Add(default);
        }

        return row;
    }

    /// <summary>Writes down what the row holds now.</summary>
    public void Write(in PendingKey key, in PendingRow row) =>
        journal?.Write(_epoch!, ref CollectionsMarshal.AsSpan(_slots)[row.Slot], in key, row.Measures);

    /// <summary>Writes down the rows that there was no place for.</summary>
    public void WriteRest()
    {
        foreach (var (key, row) in Closed ? [] : _rows)
        {
            if (!_slots[row.Slot].IsCurrent)
            {
                Write(in key, in row);
            }
        }
    }

    /// <summary>Hands out the rows; whatever comes next is written down in another epoch.</summary>
    public Dictionary<PendingKey, PendingRow> Take(JournalEpoch? next)
    {
        _epoch = next;
        if (_rows.Count == 0)
        {
            return Nothing;
        }

        var taken = _rows;
        _rows = new Dictionary<PendingKey, PendingRow>(taken.Count);
        _slots.Clear();
        return taken;
    }
}

/// <summary>A row that increments are folded into.</summary>
/// <param name="Measures">Its sums.</param>
/// <param name="Slot">Which of the stripe's slots is its.</param>
internal readonly record struct PendingRow(SpendMeasures Measures, int Slot);
