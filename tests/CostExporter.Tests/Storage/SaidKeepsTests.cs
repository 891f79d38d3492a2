using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests.Storage;

/// <summary>What a ledger says it keeps is its exporters' to say: who erases, corrects, imports or looks after it leaves that as it is.</summary>
public sealed class SaidKeepsTests(SharedRedis redis) : IClassFixture<SharedRedis>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-said-");

    public static TheoryData<string, string> Visits => new MatrixTheoryData<string, string>(["sqlite", "redis"], ["erase", "prove", "correct", "import"]);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Visits))]
    public async Task Visit_leaves_what_the_ledger_says_it_keeps(string kind, string visit)
    {
        var address = $"sqlite:{_folder.FullName}/ledger.db";
        if (kind == "redis")
        {
            await redis.StartAsync();
            address = redis.Address;
        }

        var prefix = $"said-{Guid.NewGuid():N}";
        var says = Options() with
        {
            HourRetention = TimeSpan.FromDays(3),
            DayRetention = TimeSpan.FromDays(30),
            MonthRetention = TimeSpan.FromDays(90),
            Dimensions = new HashSet<SpendDimension> { SpendDimension.User },
            Tags = ["plan"],
            LiveSessions = false,
        };
        await using var exporter = SpendStores.Create(StoreAddress.Parse(address), says);
        await exporter.OpenAsync(Stop);

        await VisitAsync(visit, new CostExporterOptions { Store = address, KeyPrefix = prefix });

        var keeps = (await exporter.KeepsAsync(Stop))!;
        Assert.Equal((says.HourRetention, says.DayRetention, says.MonthRetention, true, false), (keeps.Hours, keeps.Days, keeps.Months, keeps.Aggregates, keeps.LiveSessions));
        Assert.Equal([SpendDimension.User], keeps.Dimensions!);
        Assert.Equal(["plan"], keeps.Tags!);

        StoreSettings Options() => new CostExporterOptions { Store = address, KeyPrefix = prefix }.ToStoreSettings();
    }

    private static async Task VisitAsync(string visit, CostExporterOptions options)
    {
        switch (visit)
        {
            case "erase":
                await (await LedgerStore.OpenAsync(options, Stop)).Store.DisposeAsync();
                break;
            case "prove":
                await LedgerStore.ProveAsync(options, Stop);
                break;
            case "correct":
                await using (var reports = await LedgerReader.OpenAsync(options, Stop))
                {
                    await (await LedgerWriter.OpenAsync(options, reports, Stop)).DisposeAsync();
                }

                break;
            default:
                var settings = options.ToStoreSettings() with { ReadOnly = true };
                await using (var beside = new LedgerBeside(StoreAddress.Parse(options.Store), settings, new MemoryRecordStore(1)))
                {
                    await beside.OpenAsync(Stop);
                }

                break;
        }
    }
}
