namespace LlmTelemetry.CostExporter.Tests;

internal enum FaultKind
{
    /// <summary>Redis is killed, sometimes while it is stopped, and started again.</summary>
    Killed,

    /// <summary>Redis stands still for longer than a call may take.</summary>
    Stopped,

    /// <summary>Redis ends as it is told to, and is started again.</summary>
    Restarted,

    /// <summary>Its answers come late, or each of them slowly.</summary>
    Slow,

    /// <summary>The connection ends between a batch and its answer.</summary>
    Cut,

    /// <summary>It has no memory for writes.</summary>
    OutOfMemory,

    /// <summary>It is killed, and takes its time to load what it has.</summary>
    Loading,

    /// <summary>It is made a replica of nobody, and a master again.</summary>
    ReadOnly,

    /// <summary>An exporter's process is killed, and another one started.</summary>
    ExporterKilled,
}

/// <summary>One fault, and whether it hit: whether a batch that was under way, or was sent meanwhile, was not acknowledged because of it.</summary>
internal sealed class LedgerFault(FaultKind kind)
{
    private int _unanswered;
    private int _refused;
    private int _late;

    public FaultKind Kind => kind;

    public bool IsHit => _unanswered + _refused + _late > 0;

    public int Unanswered => _unanswered;

    public int Refused => _refused;

    public int Late => _late;

    public void NoteUnanswered() => Interlocked.Increment(ref _unanswered);

    public void NoteRefused() => Interlocked.Increment(ref _refused);

    public void NoteLate() => Interlocked.Increment(ref _late);
}
