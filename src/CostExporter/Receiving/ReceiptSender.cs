namespace LlmTelemetry.CostExporter;

/// <summary>Books receipts of one partition with one call to the store; where one of them cannot be booked, each by itself.</summary>
internal static class ReceiptSender
{
    // As many, one after the other, are the store's failures and not theirs.
    private const int FailuresOfStore = 3;

    /// <returns>One result for each receipt, in their order.</returns>
    /// <exception cref="Exception">The store's: any of them may have been booked.</exception>
    public static async Task<IReadOnlyList<SentReceipt>> SendAsync(ReceiverContext context, List<SpendReceipt> receipts)
    {
        try
        {
            var replies = await context.CallAsync((store, token) => store.BookAsync(receipts, token)).ConfigureAwait(false);
            return [.. replies.Select(reply => new SentReceipt(reply, Cause: null))];
        }
        catch (Exception cause) when (SentReceipt.IsOfContent(cause) || (receipts.Count > 1 && cause is not (TimeoutException or OperationCanceledException)))
        {
            SelfDiagnostics.Log.Failed(cause, "nothing yet: what was to be booked together is booked one by one");
        }

        var sent = new List<SentReceipt>(receipts.Count);
        foreach (var receipt in receipts)
        {
            sent.Add(await SendAloneAsync(context, receipt).ConfigureAwait(false));
            if (sent.Count >= Math.Min(FailuresOfStore, receipts.Count) && sent.TrueForAll(one => one is { Cause: not null, IsUnbookable: false }))
            {
                throw sent[^1].Cause!;
            }
        }

        return sent;
    }

    private static async Task<SentReceipt> SendAloneAsync(ReceiverContext context, SpendReceipt receipt)
    {
        try
        {
            return new SentReceipt((await context.CallAsync((store, token) => store.BookAsync([receipt], token)).ConfigureAwait(false))[0], Cause: null);
        }
        catch (Exception cause) when (cause is not (TimeoutException or OperationCanceledException)) // The others are not concerned; its own are told.
        {
            SelfDiagnostics.Log.Failed(cause, "a part of a delivery");
            return new SentReceipt(Reply: null, cause);
        }
    }
}

/// <summary>What became of a receipt.</summary>
/// <param name="Reply">The store's answer.</param>
/// <param name="Cause">Why there is none.</param>
internal readonly record struct SentReceipt(ReceiptReply? Reply, Exception? Cause)
{
    /// <summary>Whether trying again cannot help.</summary>
    public bool IsUnbookable => Cause is not null && IsOfContent(Cause);

    public static bool IsOfContent(Exception cause) => cause is OverflowException or ArgumentException or FormatException;
}
