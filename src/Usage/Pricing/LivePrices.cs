using System.Security.Cryptography;

namespace LlmTelemetry.Usage;

/// <summary>
/// Prices that follow their file: <see cref="Book"/> changes in place, for all who hold it, when the file does. A bad file is refused with the
/// line and the reason, and the last good prices stay. Thread-safe. Disposing stops watching; the book stays as it is.
/// </summary>
/// <remarks>The content is compared at an interval, since notifications of the file system miss mounted volumes that are swapped by a link (Kubernetes).</remarks>
public sealed class LivePrices : IDisposable
{
    internal const string IntervalRule = "a time span from 100 milliseconds to 24 days";
    internal static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(10);

    // A file that is just being written is read again this soon, before anybody is told that it is bad.
    private static readonly TimeSpan SecondLook = TimeSpan.FromSeconds(1);

    private readonly string _path;
    private readonly TimeSpan _interval;
    private readonly Func<byte[], PriceBook> _read;
    private readonly Action<Exception?>? _changed;
    private readonly ITimer? _timer;

    // What is in use, what was bad at the last look and what was refused: a hash of the content, or why it cannot be read. Read and written by one look at a time.
    private string _current = "";
    private string? _suspect;
    private string? _refused;
    private int _looking;

    /// <summary>Reads the file now and watches it from now on.</summary>
    /// <param name="path">The price file.</param>
    /// <param name="below">The prices that those of the file are laid over. Null: <see cref="PriceBook.Embedded"/>.</param>
    /// <param name="interval">How often the file is looked at; from 100 milliseconds to 24 days. Null: every 10 seconds.</param>
    /// <param name="changed">
    /// Told, on a thread of the pool, of each change of the file: null when its prices are in use, else why not: <see cref="InvalidDataException"/>
    /// with line and entry, or <see cref="IOException"/>. Once for each content, and for a bad one only if it is still there a second later.
    /// </param>
    /// <param name="time">The clock. Null: the system's.</param>
    /// <exception cref="InvalidDataException">It is no valid price file; the message names the file, the line and the entry.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public LivePrices(string path, PriceBook? below = null, TimeSpan? interval = null, Action<Exception?>? changed = null, TimeProvider? time = null)
        : this(path, file => Over(below ?? PriceBook.Embedded, path, path, file), interval ?? DefaultInterval, changed, time)
    {
    }

    private LivePrices(string path, Func<byte[], PriceBook> read, TimeSpan interval, Action<Exception?>? changed, TimeProvider? time)
    {
        _interval = IsInterval(interval) ? interval : throw new ArgumentOutOfRangeException(nameof(interval), interval, $"Must be {IntervalRule}.");
        (_path, _read, _changed) = (path, read, changed);
        var file = PriceFileBytes.ReadFile(path);
        Book = read(file);
        _current = Hash(file);
        _timer = (time ?? TimeProvider.System).CreateTimer(static source => ((LivePrices)source!).Look(), this, interval, interval);
    }

    // Nothing to watch.
    private LivePrices(PriceBook book) => (_path, _read, Book) = ("", _ => book, book);

    /// <summary>The prices as they are now: always the same book, whose contents change at once as a whole.</summary>
    public PriceBook Book { get; }

    /// <summary>The settings that <see cref="FromSettings"/> reads, each the first part of a key.</summary>
    public static IReadOnlyList<string> SettingNames => PriceSettings.Known;

    /// <summary>Prices as the configuration section <c>LlmTelemetry:Prices</c> says, over the embedded ones; its <c>File</c>, if there is one, is watched.</summary>
    /// <param name="settings">Keys relative to the section (<c>Models:my-model:input</c>) and their values.</param>
    /// <param name="changed">Told of each change of the file.</param>
    /// <param name="time">The clock. Null: the system's.</param>
    /// <exception cref="InvalidDataException">A setting is not right; the message names it, its value and what would be right.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static LivePrices FromSettings(IEnumerable<KeyValuePair<string, string?>> settings, Action<Exception?>? changed = null, TimeProvider? time = null)
    {
        var read = PriceSettings.Read(settings);
        return read.File is { } path
            ? new LivePrices(path, file => read.Over(Over(PriceBook.Embedded, $"{PriceSettings.FileKey}: {path}", path, file)), read.ReloadInterval, changed, time)
            : new LivePrices(read.Over(PriceBook.Embedded));
    }

    /// <summary>Stops watching.</summary>
    public void Dispose() => _timer?.Dispose();

    internal static bool IsInterval(TimeSpan interval) => interval >= TimeSpan.FromMilliseconds(100) && interval <= TimeSpan.FromDays(24);

    private static PriceBook Over(PriceBook below, string name, string path, byte[] file) => PriceFileBytes.Parse(name, path, file, text => below.With(PriceBook.Parse(text, below)));

    private static string Hash(byte[] file) => Convert.ToHexString(SHA256.HashData(file));

    private void Look()
    {
        if (Interlocked.Exchange(ref _looking, 1) != 0)
        {
            return;
        }

        try
        {
            if (Follow(out var problem))
            {
                _changed?.Invoke(problem);
            }
        }
        catch (Exception) // The listener's own: on this thread it would end the process, and prices are followed all the same.
        {
        }
        finally
        {
            Volatile.Write(ref _looking, 0);
        }
    }

    /// <summary>Takes over what the file holds. True when there is something to tell: the problem, or null for prices that are in use.</summary>
    private bool Follow(out Exception? problem)
    {
        problem = null;
        var state = "";
        try
        {
            var file = PriceFileBytes.ReadFile(_path);
            state = Hash(file);
            if (state == _refused)
            {
                return false;
            }

            var isNews = state != _current || _refused is not null;
            if (state != _current)
            {
                Book.Become(_read(file));
            }

            (_current, _suspect, _refused) = (state, null, null);
            return isNews;
        }
        catch (Exception cause) // Whatever is wrong with it: the last good prices stay.
        {
            problem = cause;
            return Refuse(state.Length != 0 ? state : cause.Message);
        }
    }

    private bool Refuse(string state)
    {
        if (state == _refused)
        {
            return false;
        }

        if (state == _suspect)
        {
            _refused = state;
            return true;
        }

        _suspect = state;
        _timer?.Change(_interval < SecondLook ? _interval : SecondLook, _interval);
        return false;
    }
}
