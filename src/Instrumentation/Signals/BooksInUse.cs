using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>The price books of the process's clients, for the age of their prices. Bounded, and it keeps no book alive. Thread-safe.</summary>
internal sealed class BooksInUse
{
    /// <summary>Each book is a series; an application has one, or one for each kind of client.</summary>
    internal const int Most = 50;

    private readonly Lock _gate = new();
    private readonly List<(WeakReference<PriceBook> Book, TimeProvider Time)> _books = [];

    /// <summary>How old the prices of each version are. Of several books with the same one, once.</summary>
    public (string Version, TimeSpan Age)[] Ages
    {
        get
        {
            lock (_gate)
            {
                return [.. _books.Select(Age).OfType<(string Version, TimeSpan Age)>().DistinctBy(b => b.Version)];
            }
        }
    }

    public void Add(PriceBook book, TimeProvider time)
    {
        lock (_gate)
        {
            _books.RemoveAll(b => !b.Book.TryGetTarget(out _));
            if (_books.Count < Most && !_books.Exists(b => b.Book.TryGetTarget(out var known) && ReferenceEquals(known, book)))
            {
                _books.Add((new WeakReference<PriceBook>(book), time));
            }
        }
    }

    // Prices of tomorrow, where a file is dated so, are not old.
    private static (string Version, TimeSpan Age)? Age((WeakReference<PriceBook> Book, TimeProvider Time) entry)
    {
        if (!entry.Book.TryGetTarget(out var book))
        {
            return null;
        }

        var age = entry.Time.GetUtcNow() - new DateTimeOffset(book.Date, TimeOnly.MinValue, TimeSpan.Zero);
        return (book.Version, age > TimeSpan.Zero ? age : TimeSpan.Zero);
    }
}
