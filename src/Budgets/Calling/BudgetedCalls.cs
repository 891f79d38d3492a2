using LlmTelemetry.Instrumentation;

namespace LlmTelemetry.Budgets;

/// <summary>Makes the calls of one client, of whatever kind: each with its hold, and settled when it is over.</summary>
internal sealed class BudgetedCalls : IDisposable
{
    private readonly CallAdmissions _admissions;
    private readonly BudgetGuard? _owned;
    private int _isDisposed;

    /// <param name="gate">Decides.</param>
    /// <param name="tracker">The tracker of the client inside.</param>
    /// <param name="owned">The client's own guard, which ends with it; null: it is somebody else's.</param>
    public BudgetedCalls(IBudgetGate gate, IUsageTracker tracker, BudgetGuard? owned = null)
    {
        _admissions = new CallAdmissions(gate, tracker);
        _admissions.Events.Enter();
        _owned = owned;
    }

    /// <summary>Makes a call and passes its answer on unchanged.</summary>
    public async Task<TAnswer> RunAsync<TCall, TAnswer>(TCall call, CancellationToken cancellationToken)
        where TCall : BudgetedCall, ISingleCall<TAnswer>
    {
        var admission = await _admissions.AdmitAsync(call, UsageScope.Current, cancellationToken).ConfigureAwait(false);
        if (admission is null)
        {
            return await call.SendAsync(cancellationToken).ConfigureAwait(false);
        }

        var frame = BudgetFrame.Open(_admissions.Gate, _admissions.Events);
        var seen = admission.NewAnswer();
        try
        {
            var answer = await call.SendAsync(cancellationToken).ConfigureAwait(false);
            Read(call, answer, seen);
            return answer;
        }
        finally
        {
            await admission.SettleAsync(frame.Close(seen.ToolCalls), seen).ConfigureAwait(false);
        }
    }

    /// <summary>The answer in updates, unchanged. Each enumeration is a call of its own; one that nobody enumerates is none.</summary>
    /// <param name="newCall">Makes the call, which holding it may change.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public IAsyncEnumerable<TUpdate> Stream<TCall, TUpdate>(Func<TCall> newCall, CancellationToken cancellationToken)
        where TCall : BudgetedCall, IStreamedCall<TUpdate> => new BudgetedStream<TCall, TUpdate>(_admissions, newCall).ReadAsync(cancellationToken);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        _admissions.Events.Leave();
        if (_owned is { } guard)
        {
            // A client is disposed without waiting; what is still to be settled is sent in the background, as long as the guard tries.
            _ = Task.Run(() => EndAsync(guard));
        }
    }

    private static async Task EndAsync(BudgetGuard guard)
    {
        try
        {
            await guard.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception cause) // Nobody waits for it.
        {
            SelfDiagnostics.Log.Failed(cause, "Budgets of one client did not end well.");
        }
    }

    private static void Read<TAnswer>(ISingleCall<TAnswer> call, TAnswer answer, AnswerSeen seen)
    {
        try
        {
            call.Read(answer, seen);
        }
        catch (Exception cause) // An answer of somebody's own making.
        {
            SelfDiagnostics.Log.Failed(cause, "What an answer holds is not known to the budgets.");
        }
    }
}
