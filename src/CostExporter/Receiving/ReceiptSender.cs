namespace LlmTelemetry.CostExporter;

/// <summary>Books receipts of one partition with one call to the store; where one of them holds what no store can add up, each by itself.</summary>
internal static class ReceiptSender
{
    /// <returns>One reply for each receipt, in their order; null: it can never be booked.</returns>
    public static async Task<IReadOnlyList<ReceiptReply?>> SendAsync(ReceiverContext context, List<SpendReceipt> receipts)
    {
        try
        {
            return await context.CallAsync((store, token) => store.BookAsync(receipts, token)).ConfigureAwait(false);
        }
        catch (Exception cause) when (IsOfContent(cause))
        {
            SelfDiagnostics.Log.Failed(cause, "nothing yet: what was to be booked together is booked one by one");
        }

        var replies = new List<ReceiptReply?>(receipts.Count);
        foreach (var receipt in receipts)
        {
            replies.Add(await SendAloneAsync(context, receipt).ConfigureAwait(false));
        }

        return replies;
    }

    private static async Task<ReceiptReply?> SendAloneAsync(ReceiverContext context, SpendReceipt receipt)
    {
        try
        {
            return (await context.CallAsync((store, token) => store.BookAsync([receipt], token)).ConfigureAwait(false))[0];
        }
        catch (Exception cause) when (IsOfContent(cause))
        {
            SelfDiagnostics.Log.Failed(cause, "a part of a delivery");
            return null;
        }
    }

    // What trying again cannot help; all else is the store's.
    private static bool IsOfContent(Exception cause) => cause is OverflowException or ArgumentException or FormatException;
}
