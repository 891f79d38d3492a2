namespace LlmTelemetry.CostExporter.Tests.Storage;

/// <summary>What every store must do that outlives the object it is reached through.</summary>
public abstract class SharedSpendStoreTests : SpendStoreTopTests
{
    [Fact]
    public async Task Two_processes_add_to_one_store()
    {
        await using var store = await OpenAsync();
        await using var other = await OpenAsync();
        for (var number = 1; number <= 5; number++)
        {
            Assert.Equal(BatchStatus.Applied, (await ApplyAsync(store, number, "first-1", Row(Key(), (0, 1), (64, 10)))).Status);
            Assert.Equal(BatchStatus.Applied, (await ApplyAsync(other, number, "second-2", Row(Key(), (0, 1), (65, 100)))).Status);
        }

        Assert.Equal(10, await TotalAsync(store, 0));
        Assert.Equal(50, await TotalAsync(store, 64));
        Assert.Equal(500, await TotalAsync(store, 65));
    }

    [Fact]
    public async Task Opened_again_everything_is_there_and_numbers_go_on()
    {
        await using (var store = await OpenAsync())
        {
            await ApplyAsync(store, 1, Row(Key(), (0, 1)));
        }

        await using var again = await OpenAsync();
        Assert.Equal(BatchStatus.AlreadyApplied, (await ApplyAsync(again, 1, Row(Key(), (0, 1)))).Status);
        Assert.Equal(BatchStatus.Applied, (await ApplyAsync(again, 2, Row(Key(), (0, 1)))).Status);
        Assert.Equal(2, await TotalAsync(again, 0));
    }

    [Fact]
    public async Task Store_of_another_zone_is_refused_with_both_names()
    {
        await using (await OpenAsync(timeZone: TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin")))
        {
        }

        var refusal = await Assert.ThrowsAsync<SpendStoreMismatchException>(() => OpenAsync(timeZone: TimeZoneInfo.FindSystemTimeZoneById("America/New_York")));
        Assert.Contains("Europe/Berlin", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("America/New_York", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_name_of_the_same_zone_is_accepted()
    {
        await using (await OpenAsync())
        {
        }

        await using var store = await OpenAsync(timeZone: TimeZoneInfo.FindSystemTimeZoneById("Etc/UTC"));
        Assert.Equal(BatchStatus.Applied, (await ApplyAsync(store, 1, Row(Key(), (0, 1)))).Status);
    }
}
