namespace LlmTelemetry.CostExporter;

/// <summary>Gets the states that points follow from: those that this process wrote last, the others from the store with one call.</summary>
internal static class StateLoading
{
    /// <param name="context">The receiver's.</param>
    /// <param name="partition">The partition of all of them.</param>
    /// <param name="life">The life of the store that they must be of.</param>
    /// <param name="series">What they are for; those whose states cannot be read fail, and are taken out.</param>
    public static async Task LoadAsync(ReceiverContext context, string partition, string life, List<SeriesReceipt> series)
    {
        var missing = new List<(SeriesReceipt Receipt, int Shard, string Key)>();
        foreach (var receipt in series)
        {
            foreach (var shard in receipt.Shards)
            {
                var key = receipt.KeyOf(shard);
                if (context.States.Take(new StateAddress(partition, life, key)) is { } held)
                {
                    receipt.Use(shard, held);
                }
                else
                {
                    missing.Add((receipt, shard, key));
                }
            }
        }

        if (missing.Count == 0)
        {
            return;
        }

        var read = await context.CallAsync((store, token) => store.ReadStatesAsync(partition, missing.ConvertAll(one => one.Key), token)).ConfigureAwait(false);
        for (var i = 0; i < missing.Count; i++)
        {
            try
            {
                missing[i].Receipt.Use(missing[i].Shard, new HeldState(read[i].Version, SeriesState.Read(read[i].Content.Span), read[i].Content.Length));
            }
            catch (FormatException cause) // A newer version's: it must not be overwritten, and the other sources are not concerned.
            {
                missing[i].Receipt.Fail(cause);
                _ = series.Remove(missing[i].Receipt);
            }
        }
    }
}
