using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation.Tests;

public sealed class PriceAgeTests : IDisposable
{
    private readonly TrackedCalls _calls = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("llm-prices-").FullName;

    public void Dispose()
    {
        _calls.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Age_is_counted_from_the_midnight_of_the_books_date_in_UTC()
    {
        var book = Book("2026-11-20");
        Use(book);

        Assert.Equal([(book.Version, 2.5 * 86_400)], Ages()); // The clock says noon of 2026-11-22.
        _calls.Time.Advance(TimeSpan.FromHours(12));
        Assert.Equal([(book.Version, 3.0 * 86_400)], Ages());
    }

    [Fact]
    public void Prices_of_a_day_to_come_are_new() => Assert.Equal([0.0], Ages(Book("2026-12-31")).Select(a => a.Age));

    [Fact]
    public void Own_price_makes_no_book_younger()
    {
        var below = Book("2026-11-20");
        var book = below.With(null, "own", new Dictionary<UsageBucket, decimal> { [UsageBucket.Input] = 1m });

        Assert.Equal([(book.Version, 2.5 * 86_400)], Ages(book));
    }

    [Fact]
    public void Each_version_is_said_once_however_many_clients_use_it()
    {
        var (one, same, other) = (Book("2026-11-20"), Book("2026-11-20"), Book("2026-11-21"));

        Assert.Equal([one.Version, other.Version], Ages(one, one, same, other).Select(a => a.Version));
    }

    [Fact]
    public void Book_that_changes_says_its_new_version_and_age()
    {
        var path = Path.Combine(_folder, "prices.json");
        File.WriteAllText(path, Text("2026-11-20"));
        using var prices = new LivePrices(path, Book("2026-01-01"), time: _calls.Time);
        Use(prices.Book);
        var old = prices.Book.Version;

        File.WriteAllText(path, Text("2026-11-22"));
        _calls.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal([(prices.Book.Version, 43_210.0)], Ages());
        Assert.NotEqual(old, prices.Book.Version);
    }

    [Fact]
    public void No_more_books_are_kept_than_metrics_should_have_series()
    {
        var books = Enumerable.Range(0, BooksInUse.Most + 20).Select(i => Book(new DateOnly(2026, 1, 1).AddDays(i).ToString("yyyy-MM-dd", null))).ToArray();

        Assert.Equal(BooksInUse.Most, Ages(books).Length);
        GC.KeepAlive(books);
    }

    [Fact]
    public void Books_that_nobody_holds_any_more_make_room()
    {
        var books = new BooksInUse();
        Fill(books);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var last = Book("2026-11-20");
        books.Add(last, _calls.Time);

        Assert.Equal([last.Version], books.Ages.Select(b => b.Version));
    }

    // Not inlined, so that no register keeps a book alive.
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private void Fill(BooksInUse books)
    {
        for (var i = 0; i < BooksInUse.Most; i++)
        {
            books.Add(Book("2026-11-20"), _calls.Time);
        }
    }

    private (string? Version, double Age)[] Ages(params PriceBook[] used)
    {
        Array.ForEach(used, Use);
        var measured = _calls.Measurements.Of("llm.prices.age");
        Assert.All(measured, m => Assert.Equal("s", m.Unit));
        return [.. measured.Select(m => ((string?)m.Tags["llm.price.version"], m.Value))];
    }

    private void Use(PriceBook book) => new UsageTrackingChatClient(
        new ScriptedChatClient(), new UsageTrackingOptions { Prices = book, Hub = _calls.Hub, TimeProvider = _calls.Time }, _calls.Instruments).Dispose();

    private static PriceBook Book(string date) => PriceBook.Parse(System.Text.Encoding.UTF8.GetBytes(Text(date)));

    private static string Text(string date) => $$"""
        {"schema": 1, "date": "{{date}}", "currency": "USD", "source": "made up", "providers": [{"id": "acme", "models": [{"id": "m", "match": ["m"], "prices": [{"input": 1}]}]}]}
        """;
}
