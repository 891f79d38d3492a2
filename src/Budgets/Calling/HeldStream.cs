namespace LlmTelemetry.Budgets;

/// <summary>The hold of a stream while it is read. A stream whose enumerator is dropped without being disposed is settled when the garbage collector finds it.</summary>
/// <param name="admission">The hold.</param>
/// <param name="frame">What the calls inside tell.</param>
/// <param name="time">The clock.</param>
internal sealed class HeldStream(AdmittedCall admission, BudgetFrame frame, TimeProvider time) : IDisposable
{
    // An enumerator that nobody disposes is collected with this: there is no other sign of it. The tracker's own event comes outside our frame then.
    ~HeldStream()
    {
        try
        {
            ThreadPool.UnsafeQueueUserWorkItem(static lost => lost.Settle(), new Lost(admission, frame, Seen, time), preferLocal: false);
        }
        catch (Exception cause)
        {
            SelfDiagnostics.Log.Failed(cause, "The hold of a stream that nobody disposed expires.");
        }
    }

    public BudgetFrame Frame => frame;

    public AnswerSeen Seen { get; } = admission.NewAnswer();

    public Task SettleAsync() => admission.SettleAsync(frame.Close(Seen.ToolCalls), Seen);

    /// <summary>It is settled by now: <see cref="SettleAsync"/>.</summary>
    public void Dispose() => GC.SuppressFinalize(this);

    /// <summary>What is left of a stream that nobody disposed.</summary>
    private sealed class Lost(AdmittedCall admission, BudgetFrame frame, AnswerSeen seen, TimeProvider time)
    {
        public void Settle() => _ = admission.SettleLostAsync(frame.Close(seen.ToolCalls), seen, time.GetUtcNow());
    }
}
