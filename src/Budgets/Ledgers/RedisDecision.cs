namespace LlmTelemetry.Budgets;

/// <summary>What one caller asks of decide.lua, and waits for. The order is that in which a batch decides: what gives room back first.</summary>
internal enum RedisDecisionKind : byte
{
    Settle,
    Hold,
    Read,
}

/// <summary>See <see cref="RedisDecisionKind"/>.</summary>
/// <param name="kind">What is asked.</param>
/// <param name="id">The hold's id; not for a reading.</param>
/// <param name="lines">The limits, each with its amount.</param>
/// <param name="picos">A settlement's pico-USD, of each line; empty: none.</param>
/// <param name="numbers">What else the script is told: of a hold its lifetime and grace, of a settlement how long ago the call began and ended and for how long its id is remembered; milliseconds.</param>
/// <param name="flags">Of a settlement: 1 where the hold was admitted, and 2 where it was sent before.</param>
/// <param name="cancellationToken">Cancelled: what was not sent yet need not be.</param>
internal sealed class RedisDecision(
    RedisDecisionKind kind, Guid id, IReadOnlyList<LedgerLine> lines, int[] picos, (long First, long Second, long Third) numbers, byte flags, CancellationToken cancellationToken)
{
    private readonly TaskCompletionSource<LedgerAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RedisDecisionKind Kind => kind;

    public Guid Id => id;

    public IReadOnlyList<LedgerLine> Lines => lines;

    public (long First, long Second, long Third) Numbers => numbers;

    public byte Flags => flags;

    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>When it began to wait, by the clock of who queues it.</summary>
    public long AskedAt { get; set; }

    public Task<LedgerAnswer> Answer => _answer.Task;

    public int Pico(int line) => picos.Length == 0 ? 0 : picos[line];

    public void Set(LedgerAnswer answer) => _answer.TrySetResult(answer);

    public void Fail(Exception cause) => _answer.TrySetException(cause);
}
