namespace LlmTelemetry.CostExporter;

/// <summary>Where a pending row is written down. Used under its stripe's lock.</summary>
internal struct JournalSlot
{
    private JournalSegment? _segment;
    private int _sums;
    private int _sumsLength;
    private int _room;
    private uint _sequence;

    /// <summary>0: nowhere.</summary>
    public long Id { get; private set; }

    /// <summary>Whether what the row holds now is written down.</summary>
    public bool IsCurrent { get; private set; }

    /// <summary>Whether it was counted as one that there is no room for.</summary>
    public bool IsMissed { get; set; }

    /// <summary>Writes the row's sums; false: the row has more measures than there is room for, or no room yet.</summary>
    public bool TryWrite(SpendMeasures sums)
    {
        if (_segment is null || sums.Count > _room)
        {
            IsCurrent = false;
            return false;
        }

        JournalFormat.WriteSums(_segment.At(_sums, _sumsLength), _room, ++_sequence, sums, _segment.Salt);
        IsCurrent = true;
        return true;
    }

    /// <summary>Goes on in another place, which a reader prefers from its first sums on.</summary>
    public void MoveTo(JournalSegment segment, int offset, int length, string text, in JournalRowHead head)
    {
        var slot = segment.At(offset, length);
        var sums = JournalFormat.WriteSlot(slot, in head, text, segment.Salt);
        _segment = segment;
        _sums = offset + sums;
        _sumsLength = length - sums;
        _room = head.Room;
        _sequence = 0;
        Id = head.Id;
    }
}
