using LlmTelemetry.TestKit;

namespace LlmTelemetry.Usage.Tests;

public sealed class LivePricesTests : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private readonly string _folder = Directory.CreateTempSubdirectory("llm-prices-").FullName;
    private readonly ManualTime _time = new();
    private readonly List<Exception?> _told = [];

    private string Path => System.IO.Path.Combine(_folder, "prices.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Book_has_the_prices_of_the_file_over_the_embedded_ones()
    {
        Write(1);
        using var source = Start();

        Assert.Equal(1m, Price(source.Book));
        Assert.True(source.Book.Knows("openai", "gpt-4o"));
        Assert.NotSame(PriceBook.Embedded, source.Book);
    }

    [Fact]
    public void Changed_file_changes_the_book_in_place_and_its_version()
    {
        Write(1);
        using var source = Start();
        var (book, version) = (source.Book, source.Book.Version);

        Write(2);
        Assert.Equal(1m, Price(book));
        _time.Advance(Interval);

        Assert.Equal(2m, Price(book));
        Assert.Same(book, source.Book);
        Assert.NotEqual(version, book.Version);
        Assert.Null(Assert.Single(_told));
        Assert.False(PriceBook.Embedded.Knows("acme", "m"));
    }

    [Fact]
    public void Change_that_keeps_length_and_time_is_seen_too()
    {
        Write(1);
        using var source = Start();
        var time = File.GetLastWriteTimeUtc(Path);

        Write(3);
        File.SetLastWriteTimeUtc(Path, time);
        _time.Advance(Interval);

        Assert.Equal(3m, Price(source.Book));
    }

    [Fact]
    public void File_that_stays_tells_nothing()
    {
        Write(1);
        using var source = Start();

        File.SetLastWriteTimeUtc(Path, new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        _time.Advance(10 * Interval);

        Assert.Empty(_told);
    }

    [Fact]
    public void Bad_file_is_told_once_with_path_line_and_entry_and_the_last_good_prices_stay()
    {
        Write(1);
        using var source = Start();

        File.WriteAllText(Path, Text("-1").Replace("{\"id\": \"m\"", "\n\n{\"id\": \"m\"", StringComparison.Ordinal));
        _time.Advance(10 * Interval);

        var problem = Assert.IsType<InvalidDataException>(Assert.Single(_told));
        Assert.Equal($"{Path}: line 3: acme/m: input costs -1 USD, which is not between 0 and 10000", problem.Message);
        Assert.Equal(1m, Price(source.Book));

        File.WriteAllText(Path, Text("-2"));
        _time.Advance(10 * Interval);
        Assert.Equal(2, _told.Count);
    }

    [Fact]
    public void Good_file_after_a_bad_one_is_taken_over_and_told()
    {
        Write(1);
        using var source = Start();
        File.WriteAllText(Path, "{");
        _time.Advance(10 * Interval);

        Write(2);
        _time.Advance(Interval);

        Assert.Equal(2m, Price(source.Book));
        Assert.Collection(_told, Assert.NotNull, Assert.Null);
    }

    [Fact]
    public void Old_file_after_a_bad_one_is_told_too()
    {
        Write(1);
        using var source = Start();
        File.WriteAllText(Path, "{");
        _time.Advance(10 * Interval);

        Write(1);
        _time.Advance(Interval);

        Assert.Equal(1m, Price(source.Book));
        Assert.Collection(_told, Assert.NotNull, Assert.Null);
    }

    [Fact]
    public void File_that_is_just_being_written_is_read_again_a_second_later_before_anybody_is_told()
    {
        Write(1);
        using var source = Start();
        File.WriteAllText(Path, Text("2")[..50]);
        _time.Advance(Interval);

        Write(2);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(2m, Price(source.Book));
        Assert.Null(Assert.Single(_told));
    }

    [Fact]
    public void Missing_file_is_told_once_and_followed_when_it_is_back()
    {
        Write(1);
        using var source = Start();
        File.Delete(Path);
        _time.Advance(10 * Interval);
        Assert.IsType<FileNotFoundException>(Assert.Single(_told));
        Assert.Equal(1m, Price(source.Book));

        Write(2);
        _time.Advance(Interval);

        Assert.Equal(2m, Price(source.Book));
    }

    // As Kubernetes mounts a ConfigMap: the file is a link into a folder that is a link, which is swapped.
    [Fact]
    public void Swapped_link_is_followed()
    {
        Write(1, "v1");
        Write(2, "v2");
        var data = System.IO.Path.Combine(_folder, "..data");
        Directory.CreateSymbolicLink(data, "v1");
        File.CreateSymbolicLink(Path, System.IO.Path.Combine("..data", "prices.json"));
        using var source = Start();
        Assert.Equal(1m, Price(source.Book));

        var next = Directory.CreateSymbolicLink(System.IO.Path.Combine(_folder, "..next"), "v2").FullName;
        File.Delete(data);
        Directory.Move(next, data);
        _time.Advance(Interval);

        Assert.Equal(2m, Price(source.Book));
    }

    [Fact]
    public void Listener_that_throws_does_not_end_the_watch()
    {
        Write(1);
        using var source = new LivePrices(Path, null, Interval, _ => throw new InvalidOperationException("mine"), _time);
        Write(2);
        _time.Advance(Interval);
        Write(3);
        _time.Advance(Interval);

        Assert.Equal(3m, Price(source.Book));
    }

    [Fact]
    public void Disposed_source_follows_no_more()
    {
        Write(1);
        var source = Start();
        source.Dispose();
        Write(2);
        _time.Advance(10 * Interval);

        Assert.Equal(1m, Price(source.Book));
    }

    [Fact]
    public void File_that_is_bad_or_missing_at_the_start_is_an_error()
    {
        Assert.Throws<FileNotFoundException>(Start);
        File.WriteAllText(Path, "{");
        Assert.StartsWith($"{Path}: line 1: ", Assert.Throws<InvalidDataException>(Start).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(99)]
    [InlineData(25L * 24 * 60 * 60 * 1000)]
    public void Interval_that_no_timer_takes_is_refused(long milliseconds)
    {
        Write(1);
        Assert.Throws<ArgumentOutOfRangeException>(() => new LivePrices(Path, interval: TimeSpan.FromMilliseconds(milliseconds)));
    }

    [Fact]
    public void Settings_are_laid_over_the_file_again_when_it_changes()
    {
        Write(1);
        using var source = LivePrices.FromSettings(
            [new("File", Path), new("ReloadInterval", "00:00:02"), new("Models:own:input", "7"), new("BaseModels:my", "acme/m")], _told.Add, _time);
        Write(2);
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal((2m, 2m, 7m), (Price(source.Book), Price(source.Book, "azure", "my"), Price(source.Book, "acme", "own")));
    }

    [Fact]
    public void File_that_takes_away_a_base_model_is_refused()
    {
        Write(1);
        using var source = LivePrices.FromSettings([new("File", Path), new("BaseModels:my", "acme/m")], _told.Add, _time);
        File.WriteAllText(Path, Text("1").Replace("\"m\"", "\"n\"", StringComparison.Ordinal));
        _time.Advance(10 * Interval);

        Assert.Contains("BaseModels:my", Assert.Single(_told)?.Message, StringComparison.Ordinal);
        Assert.Equal(1m, Price(source.Book, "azure", "my"));
    }

    // Price p has version v(p): a quote with the amount of one and the version of another would be a mix.
    [Fact]
    public async Task Quotes_while_prices_change_have_the_old_ones_or_the_new_ones()
    {
        Write(1);
        using var source = Start();
        var versions = new System.Collections.Concurrent.ConcurrentDictionary<string, decimal>();
        using var end = new CancellationTokenSource();
        var quotes = 0L;
        var callers = Enumerable.Range(0, 3).Select(_ => Task.Run(
            () =>
            {
                var usage = default(CallUsage);
                usage[UsageBucket.Input] = usage[UsageBucket.Output] = 1_000_000;
                while (!end.IsCancellationRequested)
                {
                    var cost = source.Book.Quote("acme", "m", in usage, Now)!.Value;
                    Assert.Equal(cost[UsageBucket.Input], cost[UsageBucket.Output]);
                    Assert.Equal(cost.Amount, versions.GetOrAdd(cost.PriceVersion, cost.Amount));
                    Interlocked.Increment(ref quotes);
                }
            },
            TestContext.Current.CancellationToken)).ToArray();
        for (var usd = 2; usd <= 100; usd++)
        {
            var before = Interlocked.Read(ref quotes);
            Write(usd);
            _time.Advance(Interval);
            SpinWait.SpinUntil(() => Interlocked.Read(ref quotes) > before + 3 || callers.Any(c => c.IsFaulted), TimeSpan.FromSeconds(10));
        }

        await end.CancelAsync();
        await Task.WhenAll(callers);
        Assert.InRange(versions.Count, 50, 100);
        Assert.Equal(100m, Price(source.Book));
    }

    [Fact]
    public void Quote_of_a_book_that_changed_allocates_nothing()
    {
        Write(1);
        using var source = Start();
        Write(2);
        _time.Advance(Interval);
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = 1;

        // The least of several rounds: what the runtime does of its own the first times can only add.
        var least = long.MaxValue;
        for (var round = 0; round < 10; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
            {
                source.Book.TryQuote("acme", "m", in usage, Now, null, null, out _);
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    private LivePrices Start() => new(Path, null, Interval, _told.Add, _time);

    private void Write(int usd, string folder = "")
    {
        var path = System.IO.Path.Combine(Directory.CreateDirectory(System.IO.Path.Combine(_folder, folder)).FullName, "prices.json");
        File.WriteAllText(path, Text(usd.ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }

    private static string Text(string usd) =>
        PriceFileText.File(PriceFileText.Provider($$"""{"id": "m", "match": ["m"], "prices": [{"input": {{usd}}, "output": {{usd}}}]}"""));

    private static decimal? Price(PriceBook book, string provider = "acme", string model = "m")
    {
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = 1_000_000;
        return book.Quote(provider, model, in usage, Now)?.Amount;
    }
}
