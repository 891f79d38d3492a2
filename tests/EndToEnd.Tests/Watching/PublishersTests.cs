using LlmTelemetry.EndToEnd.Tests.Watching.Applications;
using LlmTelemetry.EndToEnd.Tests.Watching.Ledger;
using LlmTelemetry.EndToEnd.Tests.Watching.Queries;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>Several processes publish one ledger, and come and go: what is shown is the ledger's all the time.</summary>
public sealed class PublishersTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Money_neither_doubles_nor_vanishes_while_publishers_come_and_go()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var prometheus = await PrometheusServer.StartAsync(new PrometheusTargets { IsQuick = true }, Cancellation);
        await using var collector = await CollectorServer.StartAsync(prometheus.OtlpEndpoint, Server.FreePort());
        ApplicationProcess Publisher(string service) => ApplicationProcess.Start(service, collector.Endpoint, redis.Address, ("LlmTelemetry__LedgerGauges", "true"));

        LedgerWatch watch;
        await using (var shop = Publisher("shop"))
        {
            await using (var desk = Publisher("desk"))
            {
                await Task.WhenAll(shop.DoAsync(ApplicationTraffic.Few), desk.DoAsync(ApplicationTraffic.Few));
                watch = await LedgerWatch.OpenAsync(prometheus.Api, redis.Address, Cancellation);
                await watch.ShowsAllAsync(publishers: 2, Cancellation);
            }

            // The desk was killed. What it said last stands, and gets old.
            await shop.DoAsync(ApplicationTraffic.Few);
            await watch.ShowsAllAsync(publishers: 2, Cancellation);
        }

        // Nobody is left, and then one that counts from 0: the ledger does not.
        await using var again = Publisher("shop");
        await again.DoAsync(ApplicationTraffic.Few);
        await watch.ShowsAllAsync(publishers: 3, Cancellation);
        await watch.DisposeAsync();
    }

    /// <summary>Compares until all is shown, and meanwhile never sees more than there is.</summary>
    private sealed class LedgerWatch(PrometheusApi prometheus, LedgerAmounts ledger) : IAsyncDisposable
    {
        // There is a ledger once something was booked.
        public static async Task<LedgerWatch> OpenAsync(PrometheusApi prometheus, string store, CancellationToken cancellationToken)
        {
            LedgerAmounts? ledger = null;
            await Eventually.HoldsAsync(
                async () =>
                {
                    try
                    {
                        ledger = await LedgerAmounts.OpenAsync(store, cancellationToken);
                        return true;
                    }
                    catch (KeyNotFoundException)
                    {
                        return false;
                    }
                },
                "something is booked");
            return new(prometheus, ledger!);
        }

        public ValueTask DisposeAsync() => ledger.DisposeAsync();

        public async Task ShowsAllAsync(int publishers, CancellationToken cancellationToken)
        {
            List<(string Where, AmountQuery? Amount)> queries = [];
            foreach (var dashboard in GrafanaDashboard.All)
            {
                var choices = await Choices.ReadAsync(dashboard, prometheus, cancellationToken);
                queries.AddRange(dashboard.Queries.Select(query => (query.Where, Amount: AmountQuery.Read(choices.All(query)))).Where(query => query.Amount is not null));
            }

            Assert.NotEmpty(queries);
            var comparison = new LedgerComparison(prometheus, ledger);
            string? wrong = null;
            try
            {
                await Eventually.HoldsAsync(
                    async () =>
                    {
                        // The ledger is asked last: it may have grown meanwhile, and what is shown may not be more.
                        var shown = await prometheus.QueryAsync("sum((llm_ledger_calls{llm_ledger_period=\"month\"} and timestamp(llm_ledger_calls) == on (job, instance) group_left () topk(1, max by (job, instance) (timestamp(llm_ledger_calls)))))", null, cancellationToken);
                        double booked = (await ledger.ReadAsync("month", cancellationToken)).Sum(row => row.Calls);
                        Assert.True(shown.Sum(sample => sample.Value) <= booked, "more calls are shown than there are");
                        var seen = await prometheus.LabelValuesAsync("instance", "llm_ledger_calls", cancellationToken);
                        wrong = seen.Count == publishers ? null : $"{seen.Count} publishers were seen, not {publishers}";
                        foreach (var (where, amount) in queries)
                        {
                            wrong ??= await comparison.WrongAsync(amount!, cancellationToken) is { } what ? $"{where}: {what}" : null;
                        }

                        return wrong is null;
                    },
                    "all that is in the ledger is shown, once",
                    TimeSpan.FromMinutes(1));
            }
            catch (TimeoutException)
            {
                Assert.Fail(wrong ?? "nothing was compared");
            }
        }
    }
}
