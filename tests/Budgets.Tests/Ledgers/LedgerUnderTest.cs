namespace LlmTelemetry.Budgets.Tests.Ledgers;

/// <summary>
/// A ledger of each test's own, and a clock that can be waited for: the ledger's. The cases reckon with the moments that its answers tell, so that they hold on
/// a clock that is moved by hand and on a server's.
/// </summary>
public abstract class LedgerUnderTest : IAsyncLifetime
{
    private protected static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private IBudgetLedger? _ledger;
    private long _opened;

    private protected IBudgetLedger Ledger => _ledger ?? throw new InvalidOperationException("Not open.");

    private protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>A calendar's period around the moment at which the test began.</summary>
    private protected LedgerSpan Day => new(SpanKind.Calendar, _opened - 40_000_000, _opened + 40_000_000);

    private protected static LedgerSpan Session => new(SpanKind.Session);

    /// <summary>Makes an empty ledger.</summary>
    private protected abstract Task<IBudgetLedger> OpenAsync();

    /// <summary>Lets the ledger's clock come to a moment, or past it.</summary>
    private protected abstract Task PassAsync(long until);

    public async ValueTask InitializeAsync()
    {
        _ledger = await OpenAsync();
        _opened = await NowAsync();
    }

    public virtual async ValueTask DisposeAsync()
    {
        await Ledger.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected static LedgerSpan Sliding(long length) => new(SpanKind.Sliding, Length: length);

    /// <summary>A line of the day.</summary>
    private protected LedgerLine Line(long? limit, long amount = 0, string name = "a", string subject = "", LedgerSpan? span = null, bool isShadow = false) =>
        new(new CounterKey(name + "|tokens|w", subject), span ?? Day, limit, amount, isShadow);

    private protected async Task<long> NowAsync() => (await Ledger.ReadAsync([new LedgerLine(new("clock|tokens|session", ""), Session, null)], Stop)).Now;

    private protected Task<LedgerAnswer> HoldAsync(params LedgerLine[] lines) => HoldAsync(Guid.NewGuid(), lines);

    private protected Task<LedgerAnswer> HoldAsync(Guid id, params LedgerLine[] lines) => Ledger.HoldAsync(new(id, Lifetime, lines), Stop);

    private protected Task<LedgerAnswer> HoldAsync(Guid id, long milliseconds, params LedgerLine[] lines) => Ledger.HoldAsync(new(id, TimeSpan.FromMilliseconds(milliseconds), lines), Stop);

    private protected Task<LedgerAnswer> SettleAsync(Guid id, params ChargeLine[] charges) => Ledger.SettleAsync(new(id, charges, HoldKnown.Placed), Stop);

    private protected Task<LedgerAnswer> SettleAgainAsync(Guid id, params ChargeLine[] charges) => Ledger.SettleAsync(new(id, charges, HoldKnown.Placed, IsRetry: true), Stop);

    /// <summary>Charges without a hold.</summary>
    private protected Task<LedgerAnswer> ChargeAsync(params ChargeLine[] charges) => Ledger.SettleAsync(new(Guid.NewGuid(), charges, HoldKnown.Unknown), Stop);

    private protected async Task<LineState> StateAsync(LedgerLine line) => Assert.Single((await Ledger.ReadAsync([line], Stop)).Lines);

    /// <summary>What was used and what is held.</summary>
    private protected async Task<(long Used, long Held)> StandsAsync(LedgerLine line) => await StateAsync(line) is var state ? (state.Used, state.Held) : default;
}
