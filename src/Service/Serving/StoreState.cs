namespace LlmTelemetry.Service;

/// <summary>Whether the stores of a running service were opened, and why not. Written by <see cref="LedgerService"/> alone.</summary>
internal sealed class StoreState
{
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the ledger's store was opened for the first time.</summary>
    public Task Opened => _opened.Task;

    /// <summary>Whether the ledger's store was opened, ever: it may be away all the same.</summary>
    public bool IsOpen => Opened.IsCompleted;

    /// <summary>Why the service cannot go on with the store that it was told to use; null: it can.</summary>
    public SpendStoreMismatchException? Mismatch { get; set => Volatile.Write(ref field, value); }

    /// <summary>Says that it was opened.</summary>
    public void Open() => _opened.TrySetResult();
}
