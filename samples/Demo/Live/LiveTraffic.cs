using System.Net.Http.Json;
using LlmTelemetry.Budgets;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace LlmTelemetry.Demo;

/// <summary>What live traffic goes to.</summary>
/// <param name="Store">The ledger.</param>
/// <param name="Days">How long the ledger's history is.</param>
/// <param name="Metrics">Where OTLP metrics are sent; null: nowhere.</param>
/// <param name="Chat">The sample web app; null: there is none.</param>
internal sealed record LivePlan(string Store, double Days, Uri? Metrics, Uri? Chat);

/// <summary>Steady traffic of the product, where its history ended, and of the users of the sample, until it is stopped. It overspends a small budget in seconds.</summary>
internal sealed class LiveTraffic(LivePlan plan, TextWriter output)
{
    private static readonly TimeSpan BetweenCalls = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BetweenVisits = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Export = TimeSpan.FromSeconds(5);

    private static readonly string[] Visitors = ["ada", "bob", "cleo"];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var hub = new UsageHub();
        await using var exporter = CostExporterHost.Start(o =>
        {
            o.Store = plan.Store;
            o.Hub = hub;
            o.Interval = TimeSpan.FromSeconds(2);
            o.HourRetention = Product.HourRetention(plan.Days);
        });
        await using var budgets = BudgetGuard.Start(o =>
        {
            CompanyBudgets.AddTo(o);
            o.Store = plan.Store;
        });
        using var sdk = plan.Metrics is { } metrics ? Sending(metrics) : null;
        await output.WriteLineAsync("Live traffic has begun.");
        await Task.WhenAll(CallAsync(new Caller(hub, budgets, TimeProvider.System, Task.Delay), cancellationToken), plan.Chat is { } chat ? VisitAsync(chat, cancellationToken) : Task.CompletedTask);
    }

    private static MeterProvider Sending(Uri metrics) => SdkReading.Meters(Sdk.CreateMeterProviderBuilder())
        .ConfigureResource(resource => resource.AddService(Product.Service, serviceInstanceId: Product.Instance).AddAttributes([new("deployment.environment.name", Product.Environment)]))
        .AddOtlpExporter((exporter, reader) =>
        {
            exporter.Endpoint = metrics;
            exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
            reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)Export.TotalMilliseconds;
        })
        .Build();

    private static async Task CallAsync(Caller caller, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(BetweenCalls);
        var plan = new TrafficPlan(TimeProvider.System.GetUtcNow());
        var underWay = new List<Task>();
        for (var number = 0; ; number++)
        {
            // They overlap, as calls do.
            underWay.RemoveAll(call => call.IsCompletedSuccessfully);
            underWay.Add(caller.MakeAsync(plan.Live(number), cancellationToken));
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    private static async Task VisitAsync(Uri chat, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(BetweenVisits);
        var visitors = Visitors.Select(_ => new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = chat }).ToArray();
        for (var number = 0; ; number++)
        {
            var visitor = number % visitors.Length;
            try
            {
                using var signedIn = await visitors[visitor].PostAsync(new Uri($"login/{Visitors[visitor]}", UriKind.Relative), null, cancellationToken);
                object[] lines = [new { isUser = true, text = $"Question {number}: how many tokens does a day have?" }];

                // A user without budget is answered 429: that, too, is to be seen.
                using var answer = await visitors[visitor].PostAsJsonAsync(number % 2 == 0 ? "chat" : "chat/summary", lines, cancellationToken);
                await answer.Content.ReadAsStringAsync(cancellationToken);
            }
            catch (HttpRequestException)
            {
                // The sample restarts, say: the next visitor finds it again.
            }

            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }
}
